"""Node: npm, pnpm, yarn, jest, vitest, mocha, node:test, tsc, eslint, prettier, webpack."""
import json
from engine import S, case, drop
from common import *


def pj(**scripts):
    return {"package.json+": json.dumps({"scripts": {k.replace("_", ":"): v for k, v in scripts.items()}})}


def plain(scripts=None, deps=None, **more):
    return {"package.json": json.dumps({"name": "orders", "version": "1.2.0", "private": True, "scripts": scripts or {}, "dependencies": deps or {}, **more}, indent=2) + "\n"}


J = [npm(), S("Test", "npm test")]
SUM = "function sum(a, b) { return a + b; }\nfunction slug(s) { return s.toLowerCase().replace(/ /g, '-'); }\nmodule.exports = { sum, slug };\n"
JOK = "const { sum } = require('../src/sum');\ndescribe('sum', () => {\n  test('adds', () => { expect(sum(1, 2)).toBe(3); });\n  test('reports an error for NaN', () => { console.error('Error: NaN given (expected)'); expect(sum(NaN, 1)).toBeNaN(); });\n});\n"


def jest(name, t, tests, cls="test", first=r"^\s+● ", script="jest", post=(), steps=None, **kw):
    case(name, kw.pop("family", "jest"), cls, (steps or J) + list(post), first, {"src/sum.js": SUM, "test/sum.test.js": JOK, **t, **pj(test=script)}, tests, kw.pop("tools", ["jest"]), tpl="jest", **kw)


jest("jest-assert", {"test/slug.test.js": "const { slug } = require('../src/sum');\ndescribe('slug', () => {\n  it('lowers', () => { expect(slug('A b')).toBe('a-b'); });\n  it('drops punctuation', () => { expect(slug('Hello, World!')).toBe('hello-world'); });\n});\n"}, ["slug › drops punctuation"], nth=1, first=r"● slug › drops", post=[docker_down()])
jest("jest-throws", {"test/cart.test.js": "class Cart { constructor() { this.items = null; } add(x) { this.items.push(x); } }\ntest('cart keeps items', () => { const c = new Cart(); c.add(1); expect(c.items).toHaveLength(1); });\n"}, ["cart keeps items"], first=r"● cart keeps items", script="jest --ci --verbose --colors")
jest("jest-timeout", {"test/queue.test.js": "test('queue drains', () => new Promise(() => {}), 1500);\n"}, ["queue drains"], first=r"● queue drains", accept=["Exceeded timeout"])
jest("jest-snapshot", {"test/view.test.js": "test('renders header', () => { expect({ tag: 'h1', text: 'Orders' }).toMatchSnapshot(); });\n", "test/__snapshots__/view.test.js.snap": "// Jest Snapshot v1, https://goo.gl/fbAQLP\n\nexports[`renders header 1`] = `\n{\n  \"tag\": \"h1\",\n  \"text\": \"Order\",\n}\n`;\n"}, ["renders header"], first=r"● renders header", script="jest --ci", post=[reports()], accept=["toMatchSnapshot", "Snapshot name"])
jest("jest-coverage", {}, [], first=r"coverage threshold for", script="jest --coverage --coverageThreshold='{\"global\":{\"branches\":80,\"functions\":90,\"lines\":90}}'", family="coverage", tools=["jest"])
jest("jest-module-missing", {"test/http.test.js": "const axios = require('axios');\ntest('get', () => { expect(axios).toBeDefined(); });\n"}, [], cls="dependency", first=r"Cannot find module 'axios'", family="node-dep", accept=["FAIL", "Test suite failed"])
jest("jest-own-module", {"test/fmt.test.js": "const { fmt } = require('../src/fmt');\ntest('fmt', () => { expect(fmt(1)).toBe('1'); });\n"}, [], cls="code", first=r"Cannot find module '../src/fmt'", family="node-code", accept=["FAIL", "Test suite failed"], doubt="a test suite that cannot load a file of the repository")
jest("jest-syntax", {"src/sum.js": SUM + "\nfunction bad( { return 1; }\n"}, [], cls="code", first=r"SyntaxError", family="node-code", accept=["FAIL", "Test suite failed", "Jest encountered"])
jest("ok-jest", {"test/err.test.js": "test('throws an Error', () => { expect(() => { throw new Error('boom'); }).toThrow('boom'); });\ntest('logs failure', () => { console.warn('FAIL: retry 1 of 3'); });\n"}, [], cls="none", first=None)


def vitest(name, t, tests, first=r"FAIL ", script="vitest run", cls="test", post=(), **kw):
    case(name, kw.pop("family", "vitest"), cls, J + list(post), first, {"src/money.js": "export const fmt = (n) => (n / 100).toFixed(2) + ' EUR';\n", "test/money.test.js": "import { expect, test } from 'vitest';\nimport { fmt } from '../src/money.js';\ntest('formats', () => { expect(fmt(250)).toBe('2.50 EUR'); });\n", **t, **pj(test=script)}, tests, kw.pop("tools", ["vitest"]), tpl="vitest", **kw)


vitest("vitest-assert", {"test/neg.test.js": "import { describe, expect, it } from 'vitest';\nimport { fmt } from '../src/money.js';\ndescribe('fmt', () => {\n  it('keeps the sign', () => { expect(fmt(-5)).toBe('-0.05 EUR'); });\n  it('groups thousands', () => { expect(fmt(123456700)).toBe('1,234,567.00 EUR'); });\n});\n"}, ["fmt > groups thousands"], first=r"FAIL +test/neg.test.js > ", accept=[r"AssertionError", r"×.*groups"])
vitest("vitest-error", {"test/load.test.js": "import { expect, test } from 'vitest';\nfunction load(c) { return c.db.url; }\ntest('loads config', () => { expect(load({})).toBe('x'); });\n"}, ["loads config"], first=r"FAIL +test/load.test.js > ", accept=["TypeError", "× loads"], post=[kill_server()])
vitest("vitest-two-files", {"test/a.test.js": "import { expect, test } from 'vitest';\ntest('a', () => { expect([1, 2]).toEqual([1, 3]); });\n", "test/b.test.js": "import { expect, test } from 'vitest';\ntest('b', async () => { await expect(Promise.resolve(1)).resolves.toBe(2); });\n"}, ["a", "b"], first=r"FAIL +test/a.test.js > ", accept=["×"])
vitest("vitest-import", {"test/c.test.js": "import { expect, test } from 'vitest';\nimport dayjs from 'dayjs';\ntest('c', () => { expect(dayjs()).toBeTruthy(); });\n"}, [], cls="dependency", first=r"Failed to resolve import|Cannot find package|Failed to load url", family="node-dep", accept=["FAIL"])
vitest("ok-vitest", {"test/err.test.js": "import { expect, test } from 'vitest';\ntest('rejects with an error', async () => { console.error('Error: connect ECONNREFUSED 127.0.0.1:5432'); await expect(Promise.reject(new Error('failed'))).rejects.toThrow('failed'); });\n"}, [], cls="none", first=None)


def mocha(name, t, tests, first, script="mocha", cls="test", post=(), **kw):
    case(name, kw.pop("family", "mocha"), cls, J + list(post), first, {"lib/stack.js": "class Stack { constructor() { this.a = []; } push(x) { this.a.push(x); return this; } pop() { return this.a.shift(); } }\nmodule.exports = Stack;\n", **t, **pj(test=script)}, tests, kw.pop("tools", ["mocha"]), tpl="mocha", **kw)


MT = "const assert = require('assert');\nconst Stack = require('../lib/stack');\ndescribe('Stack', () => {\n  it('starts empty', () => { assert.strictEqual(new Stack().pop(), undefined); });\n"
mocha("mocha-assert", {"test/stack.js": MT + "  it('pops the last', () => { assert.strictEqual(new Stack().push(1).push(2).pop(), 2); });\n});\n"}, ["Stack pops the last"], r"^  1\) Stack", accept=["AssertionError", "pops the last"])
mocha("mocha-hook", {"test/stack.js": MT + "  describe('with store', () => { before(() => { throw new Error('fixture orders.json has no id'); }); it('loads', () => {}); });\n});\n"}, ['Stack with store "before all" hook for "loads"'], r"^  1\) Stack", accept=["Error: fixture", "before all"], post=[docker_down()])
mocha("mocha-timeout", {"test/stack.js": MT + "  it('waits', (done) => {}).timeout(800);\n});\n"}, ["Stack waits"], r"^  1\) Stack", accept=["Timeout of 800ms", "waits"])
mocha("ok-mocha", {"test/stack.js": MT + "  it('logs an error and goes on', () => { console.log('Error: stack underflow'); console.log('    1) failing 0'); });\n});\n"}, [], None, cls="none")
NT = [S("Versions", "node --version"), S("Test", "node --test")]
NTS = "const test = require('node:test');\nconst assert = require('node:assert');\n"
case("node-test-assert", "node-test", "test", NT, r"^✖ |✖ rounds half up|not ok", {"test/round.test.js": NTS + "test('rounds down', () => { assert.equal(Math.floor(2.5), 2); });\ntest('rounds half up', () => { assert.equal(Math.round(-2.5), -3); });\n"}, ["rounds half up"], ["node:test"], accept=["AssertionError|ERR_ASSERTION|Expected values"])
case("node-test-tap", "node-test", "test", [S("Test", "node --test --test-reporter=tap")], r"not ok \d+ - refuses|not ok", {"test/auth.test.js": NTS + "test('auth', async (t) => { await t.test('accepts a token', () => {}); await t.test('refuses an old token', () => { assert.ok(false, 'old token was accepted'); }); });\n"}, ["refuses an old token"], ["node:test"], accept=["old token was accepted"])
case("node-test-throw", "node-test", "test", NT + [docker_down()], r"^✖ |✖ reads|not ok", {"test/read.test.js": NTS + "const fs = require('fs');\ntest('reads the fixture', () => { JSON.parse(fs.readFileSync(__dirname + '/fixture.json')); });\n", "test/fixture.json": "{\"a\": 1,}\n"}, ["reads the fixture"], ["node:test"], accept=["SyntaxError|Expected double"])
# tsc, eslint, prettier, webpack
TS = {"tsconfig.json": json.dumps({"compilerOptions": {"strict": True, "target": "es2020", "module": "commonjs", "outDir": "dist"}, "include": ["src"]})}


def ts(name, src, first, script="tsc -p .", cls="code", post=(), **kw):
    case(name, kw.pop("family", "tsc"), cls, [npm(), S("Build", "npm run build")] + list(post), first, {**TS, "src/index.ts": src, **kw.pop("more", {}), **pj(build=script)}, tools=["tsc"], tpl="ts", **kw)


ts("tsc-types", "interface Order { id: number; total: number }\nexport function sum(o: Order[]): string {\n  return o.reduce((a, x) => a + x.total, 0);\n}\nsum([{ id: '1', total: 2 }]);\n", r"error TS2322")
ts("tsc-pretty", "export const names: string[] = [1, 2].map((n) => n * 2);\nexport function f(a?: { b: number }) { return a.b; }\n", r"error TS", "tsc -p . --pretty", post=[ok_clean()])
ts("tsc-missing-prop", "import { User } from './user';\nexport const u: User = { name: 'a' };\nconsole.log(u.emial);\n", r"error TS", more={"src/user.ts": "export interface User { name: string; email: string }\n"})
ts("tsc-de", "export function f(n: number): string { return n; }\nf('1');\n", r"error TS2322", "tsc -p . --locale de", lang="de", family="tsc-intl")
ts("tsc-fr", "const total: number = 'douze';\nexport default totl;\n", r"error TS2322", "tsc -p . --locale fr", lang="fr", family="tsc-intl")
ts("tsc-es", "export class A { x: number; }\nnew A(3);\n", r"error TS", "tsc -p . --locale es", lang="es", family="tsc-intl")
ts("tsc-no-types", "import express from 'express';\nexport const app = express();\n", r"error TS2307", cls="dependency", family="node-dep")
ts("tsc-bad-config", "export const a = 1;\n", r"error TS", cls="configuration", family="node-config", more={"tsconfig.json": "{ \"compilerOptions\": { \"strict\": true, \"target\": \"es2099\" } }\n"})
ESC = {"eslint.config.js": "module.exports = [{ files: ['src/**/*.js'], languageOptions: { ecmaVersion: 2022, sourceType: 'commonjs', globals: { console: 'readonly', module: 'writable', require: 'readonly' } }, rules: { 'no-unused-vars': 'error', 'no-undef': 'error', eqeqeq: 'warn', 'prefer-const': 'error' } }];\n"}


def lint(name, src, first, script="eslint src", cls="code", post=(), fam="eslint", **kw):
    case(name, fam, cls, [npm(), S("Lint", "npm run lint")] + list(post), first, {**ESC, "src/app.js": src, **kw.pop("more", {}), **pj(lint=script)}, tools=kw.pop("tools", ["eslint"]), tpl="eslint", **kw)


lint("eslint-unused", "const fs = require('fs');\nlet port = 8080;\nif (port == '80') console.log('low');\nmodule.exports = { port };\n", r"\d+:\d+ +error ")
lint("eslint-undef", "module.exports = function handle(req) {\n  if (req.err != null) return errorPage(req);\n  return render(req);\n};\n", r"\d+:\d+ +error ", "eslint src --max-warnings 0", post=[docker_down()])
lint("eslint-max-warnings", "module.exports = (a, b) => a == b;\n", r"too many warnings", "eslint src --max-warnings 0", accept=["warning"])
lint("eslint-parse", "module.exports = { a: 1, b: };\n", r"Parsing error")
lint("eslint-config-bad", "module.exports = 1;\n", r"Configuration for rule", cls="configuration", fam="node-config", more={"eslint.config.js": "module.exports = [{ rules: { 'no-such-rule-here': 'error', eqeqeq: 'sometimes' } }];\n"}, accept=["Error", "Oops"])
lint("prettier-check", "module.exports = {a:1,\n      b:2}\n", r"\[warn\] src/app.js|^\[warn\]", "prettier --check src", tools=["prettier"], accept=["Code style issues"])
lint("prettier-syntax", "module.exports = {a:1,\n      b:2\nfunction x() {}\n", r"\[error\]", "prettier --check src", tools=["prettier"])
lint("ok-eslint", "const errors = [];\nif (errors.length == 0) console.log('0 errors');\nmodule.exports = { errors };\n", None, cls="none", fam="eslint")
WP = {"webpack.config.js": "module.exports = { mode: 'production', entry: './src/index.js' };\n"}


def wp(name, src, first, cls="code", fam="webpack", post=(), **kw):
    case(name, fam, cls, [npm(), S("Build", "npm run build")] + list(post), first, {**WP, "src/index.js": src, "src/error-page.js": "export const page = '<h1>Error 500</h1>';\n", **kw.pop("more", {}), **pj(build="webpack")}, tools=["webpack"], tpl="webpack", **kw)


wp("webpack-syntax", "import { page } from './error-page.js';\nconst a = { page,;\nconsole.log(a);\n", r"ERROR in", accept=["Module parse failed"])
wp("webpack-own-module", "import { page } from './error-pages.js';\nconsole.log(page);\n", r"ERROR in", accept=["Can't resolve"])
wp("webpack-dep", "import _ from 'lodash-es';\nimport { page } from './error-page.js';\nconsole.log(_.map(page));\n", r"ERROR in", cls="dependency", fam="node-dep", accept=["Can't resolve"])
wp("webpack-config", "console.log(1);\n", r"Invalid configuration", cls="configuration", fam="node-config", more={"webpack.config.js": "module.exports = { mode: 'production', entri: './src/index.js' };\n"}, accept=["unknown property"])
wp("ok-webpack-warn", "import { page } from './error-page.js';\nimport('./big.js');\nconsole.log(page);\n", None, cls="none", more={"src/big.js": "export default `" + "error " * 60000 + "`;\n"})
# npm itself
NV = S("Versions", "node --version", "npm --version")


def np_(name, cls, cmds, first, files, fam="npm", post=(), **kw):
    case(name, fam, cls, [NV, S("Install dependencies", *cmds)] + list(post), first, files, tools=kw.pop("tools", ["npm"]), **kw)


np_("npm-missing-script", "configuration", ["npm ci", "npm run build:prod"], r"Missing script", {**pj(build="node -v")}, tpl="mocha")
np_("npm-no-package-json", "configuration", ["npm install"], r"ENOENT|Could not read package.json", {"README.md": "x\n"}, fam="npm")
np_("npm-bad-json", "configuration", ["npm install"], r"EJSONPARSE|JSON", {"package.json": "{\n  \"name\": \"orders\",\n  \"scripts\": {},\n}\n"}, post=[ok_clean()])
np_("npm-ci-out-of-sync", "configuration", ["npm ci"], r"can only install packages when|EUSAGE", {"package.json+": json.dumps({"dependencies": {"left-pad": "^1.3.0"}})}, tpl="mocha", doubt="lock file not in step with the manifest: could be read as dependency", accept=["Missing:", "EUSAGE"])
np_("npm-engines", "configuration", ["npm config set engine-strict true --location=project", "npm install"], r"EBADENGINE", plain(engines={"node": ">=24"}), accept=["Not compatible", "Unsupported engine"])
np_("npm-404", "dependency", ["npm install"], r"E404", plain(deps={"is-number": "7.0.0", "acme-orders-internal-sdk-x": "^2.0.0"}), accept=["404 Not Found", "not in this registry"])
np_("npm-etarget", "dependency", ["npm install"], r"ETARGET", plain(deps={"is-number": "99.0.0"}), accept=["No matching version"])
np_("npm-eresolve", "dependency", ["npm install"], r"ERESOLVE", plain(deps={"react": "18.2.0", "react-dom": "17.0.2"}), accept=["unable to resolve", "Conflicting peer"], post=[docker_down()])
np_("npm-integrity", "dependency", ["npm ci"], r"EINTEGRITY", {"package.json": json.dumps({"name": "orders", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}), "package-lock.json": json.dumps({"name": "orders", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": {"": {"name": "orders", "version": "1.0.0", "dependencies": {"is-number": "7.0.0"}}, "node_modules/is-number": {"version": "7.0.0", "integrity": "sha512-" + "A" * 86 + "=="}}})}, accept=["integrity checksum failed"])
np_("npm-502", "infrastructure", ["npm install --registry http://npm.acme.example/ --fetch-retries 1 --fetch-retry-mintimeout 100"], r"npm (error|ERR!).*50[0-9]|E502", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["502"])
np_("npm-429", "infrastructure", ["npm install --registry http://artifacts.acme.example/ --fetch-retries 0"], r"429", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["429"], post=[kill_server()])
np_("npm-dns", "infrastructure", ["npm install --registry https://registry.npm-acme.invalid/ --fetch-retries 0"], r"ENOTFOUND|EAI_AGAIN", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["ENOTFOUND|EAI_AGAIN"])
np_("npm-refused", "infrastructure", ["npm install --registry http://db.acme.example/ --fetch-retries 0"], r"ECONNREFUSED", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["FetchError"])
np_("npm-selfsigned", "infrastructure", ["npm install --registry https://nexus.acme.example/ --fetch-retries 0"], r"SELF_SIGNED|self.signed", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["self.signed"])
np_("npm-reset", "infrastructure", ["npm install --registry http://reset.acme.example/ --fetch-retries 0"], r"ECONNRESET", plain(deps={"is-number": "7.0.0"}), fam="net-npm", accept=["network"])
np_("npm-401", "configuration", ["npm install --registry http://private.acme.example/ --fetch-retries 0"], r"E401|EAUTH|401", plain(deps={"is-number": "7.0.0"}), fam="auth", accept=["401|authentication|login"])
np_("npm-nospace", "infrastructure", ["cp package.json package-lock.json /mnt/ci-small/", "cd /mnt/ci-small && npm ci"], r"ENOSPC", {**pj(test="mocha")}, tpl="webpack", fam="disk", before="rm -rf /mnt/ci-small/*", accept=["no space left"])
drop("npm-nospace")  # npm only warns and ends with 0
np_("ok-npm-deprecated", "none", ["npm install"], None, plain(deps={"request": "2.88.2", "is-number": "7.0.0"}), post=[S("Test", "node -e \"console.log('0 errors, 0 failures')\""), docker_down()])
np_("pnpm-frozen", "configuration", ["pnpm --version", "pnpm install --frozen-lockfile"], r"ERR_PNPM", plain(deps={"is-number": "7.0.0"}), fam="pnpm-yarn", tools=["pnpm"], doubt="no lock file, or not in step: could be read as dependency")
np_("pnpm-404", "dependency", ["pnpm install --no-frozen-lockfile"], r"ERR_PNPM|404", plain(deps={"acme-orders-internal-sdk-x": "1.0.0"}), fam="pnpm-yarn", tools=["pnpm"])
np_("yarn-no-version", "dependency", ["yarn --version", "yarn install --non-interactive"], r"error Couldn't find|error ", plain(deps={"is-number": "99.1.0"}), fam="pnpm-yarn", tools=["yarn"])
np_("yarn-engine", "configuration", ["yarn install --non-interactive"], r"error .*engine|^error ", plain(engines={"node": ">=22"}, deps={}), fam="pnpm-yarn", tools=["yarn"])
np_("pnpm-script-fails", "unknown", ["pnpm install --no-frozen-lockfile", "pnpm run verify"], r"ELIFECYCLE", plain(scripts={"verify": "node -e 'process.exit(7)'"}), fam="silent", tools=["pnpm"], accept=["exit code|exited"])
# programs
case("node-crash", "node-code", "code", [NV, S("Seed", "node seed.js")], r"^TypeError", {"seed.js": "const rows = [{ id: 1, tags: ['a'] }, { id: 2 }];\nfor (const r of rows) console.log('row', r.id, r.tags.length);\n"}, tools=["node"], accept=[r"seed.js:\d+"])
case("node-unhandled", "node-code", "code", [NV, S("Render", "node render.js"), ok_clean()], r"^Error: template", {"render.js": "async function render(name) { if (!name) throw new Error('template has no name'); return name; }\nrender('a').then(() => render());\n"}, tools=["node"], accept=[r"render.js:\d+"])
case("node-module-missing", "node-dep", "dependency", [NV, S("Start", "node server.js --check")], r"Cannot find module 'fastify'", {"server.js": "const fastify = require('fastify');\nfastify();\n"}, tools=["node"], accept=["loader"])
case("node-heap", "oom-lang", "out_of_memory", [NV, S("Bundle", "node --max-old-space-size=40 bundle.js")], r"FATAL ERROR|heap out of memory", {"bundle.js": "const all = [];\nconsole.log('bundling 1200 modules');\nfor (let i = 0; ; i++) all.push({ i, s: 'x'.repeat(20) + i });\n"}, tools=["node"], accept=["Last few GCs"])
case("webpack-heap", "oom-lang", "out_of_memory", [npm(), S("Build", "npm run build"), docker_down()], r"FATAL ERROR|heap out of memory", {**WP, "src/index.js": "import d from './data.js';\nconsole.log(d.length);\n", "src/data.js": "export default [" + ",".join("{a:%d,b:'x%d'}" % (i, i) for i in range(30000)) + "];\n", **pj(build="node --max-old-space-size=60 node_modules/webpack/bin/webpack.js")}, tools=["webpack", "node"], tpl="webpack", accept=["Last few GCs"])
case("timeout-npm", "tool-timeout", "timeout", [NV, S("Wait for API", "timeout 4 node wait.js")], "EXIT", {"wait.js": "console.log('waiting for http://127.0.0.1:18099/health');\nlet n = 0;\nsetInterval(() => { n++; require('http').get('http://127.0.0.1:18099/health').on('error', () => console.log('not ready yet, attempt', n)); }, 700);\n"}, tools=["timeout", "node"], doubt="exit code 124 is the only sign of timeout; what it waits for is not there")
case("cancel-jest", "cancel", "cancelled", [npm(), S("Test", "npm test", kill=(9, "INT"))], "CI", {"test/slow.test.js": "test('fast', () => {});\ntest('slow', () => new Promise((r) => setTimeout(r, 60000)), 70000);\n", **pj(test="jest --verbose")}, tools=["jest"], tpl="jest", end="cancel", system="gitlab", synthetic=True)
case("npm-script-silent", "silent", "unknown", [NV, S("Verify", "npm run verify")], r"EXIT", plain(scripts={"verify": "node -e 'process.exit(3)'"}), tools=["npm"], system="github")
case("node-eaddrinuse", "daemon", "infrastructure", [NV, S("Start", "node srv.js & sleep 1; node srv.js; kill %1")], r"EADDRINUSE", {"srv.js": "require('http').createServer(() => {}).listen(18177, () => console.log('listening on 18177'));\nsetTimeout(() => process.exit(0), 6000);\n"}, tools=["node"], doubt="a port in use: the machine's state, or the job's own script") if False else None
