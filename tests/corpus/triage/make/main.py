"""corpus: run | dress | show | publish | pack   [names or regex]

  run REGEX      run the cases whose name matches and that have no raw record (-f: again)
  dress REGEX    write OUT/NAME.log and OUT/NAME.json
  show REGEX     print each label with the lines around it
  publish        split what is dressed and write the dev part to DEV, the held-out part to HELD
  pack DEV HELD  the same as NAME.log.gz and labels.json
  second DIR     add the cases of cases_second.py to DIR, which holds the others packed: their set is `second`
"""
import glob, gzip, importlib, json, os, re, sys, time
import engine, dress as D

OUT, DEV, HELD = os.environ.get("CORPUS_OUT", "all"), os.environ.get("CORPUS_DEV", "dev"), os.environ.get("CORPUS_HELD", "held")
for f in sorted(glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases_*.py"))):
    importlib.import_module(os.path.basename(f)[:-3])
C = engine.CASES


def pick(args):
    rx = re.compile(args[0] if args else ".")
    return [n for n in C if rx.search(n)]


def write(n):
    text, lab = D.dress(n)
    os.makedirs(OUT, exist_ok=True)
    with open(f"{OUT}/{n}.log", "wb") as f:
        f.write(text.encode())
    json.dump(lab, open(f"{OUT}/{n}.json", "w"), indent=1, ensure_ascii=False)
    return text, lab


def main():
    cmd, args = sys.argv[1], sys.argv[2:]
    force = "-f" in args
    args = [a for a in args if a != "-f"]
    if cmd == "run":
        for n in pick(args):
            if os.path.exists(f"{engine.RAW}/{n}.json") and not force:
                if json.load(open(f"{engine.RAW}/{n}.json"))["cwd"] == engine.workdir(C[n]):
                    continue
            t = time.time()
            try:
                rcs = engine.run(C[n])
            except Exception as e:
                print("!!", n, repr(e))
                continue
            bad = (C[n]["cls"] == "none") == any(r and not s.soft and not s.always for r, s in zip(rcs, C[n]["steps"]))
            if C[n]["end"] in ("cancel", "jobtimeout", "steptimeout", "runnerlost", "pullfail"):
                bad = False
            text, lab = write(n)
            flag = ("  ** WRONG OUTCOME" if bad else "") + ("  ** NO LINE" if lab["first_error_line"] == -1 else "")
            print(f"{n:38} {C[n]['cls']:14} {C[n]['system']:8} rc={rcs} {time.time()-t:5.1f}s {len(text)//1024}k | {str(lab['first_error_text'])[:90]}{flag}", flush=True)
    elif cmd == "dress":
        for n in pick(args):
            if os.path.exists(f"{engine.RAW}/{n}.json"):
                if json.load(open(f"{engine.RAW}/{n}.json"))["cwd"] != engine.workdir(C[n]):
                    print("stale", n)
                    continue
                _, lab = write(n)
                if lab["first_error_line"] == -1:
                    print("** NO LINE", n)
    elif cmd == "show":
        for n in pick(args):
            if not os.path.exists(f"{OUT}/{n}.json"):
                continue
            lab = json.load(open(f"{OUT}/{n}.json"))
            lines = open(f"{OUT}/{n}.log", newline="").read().split("\n")
            k = lab["first_error_line"]
            print(f"=== {n} [{lab['class']}] {lab['system']} line {k} acc {lab['acceptable_lines']} tests {lab['failed_tests']} ({len(lines)} lines) syn={lab['synthetic']}")
            if k and k > 0:
                for j in range(max(0, k - 4), min(len(lines), k + 4)):
                    print(("  > " if j == k - 1 else "    ") + D.ANSI.sub("", re.sub(r"^\d{4}-\S+Z (\d\d[OE][+ ])?|^\[\S+Z\] ", "", lines[j])).replace("\r", "")[:150])
            else:
                for x in lines[-9:]:
                    print("    " + D.ANSI.sub("", x).replace("\r", "")[:150])
    elif cmd == "publish":
        sp = f"{HELD}/split.json"
        split = json.load(open(sp)) if os.path.exists(sp) else {}
        new = sorted((n for n in pick(args) if n not in split and os.path.exists(f"{OUT}/{n}.json")),
                     key=lambda n: (C[n]["cls"], C[n]["family"], engine.h("split-2026" + n)))
        off = len(split) % 3
        for i, n in enumerate(new):
            split[n] = "held-out" if (i + off) % 3 == 1 else "dev"
        os.makedirs(HELD, exist_ok=True)
        os.makedirs(DEV, exist_ok=True)
        json.dump(split, open(sp, "w"), indent=1)
        for n, s in split.items():
            if n not in C or not os.path.exists(f"{engine.RAW}/{n}.json") or json.load(open(f"{engine.RAW}/{n}.json"))["cwd"] != engine.workdir(C[n]):
                continue
            text, lab = write(n)
            if lab["first_error_line"] == -1:
                print("** NO LINE, not published", n)
                continue
            lab["set"] = s
            d = DEV if s == "dev" else HELD
            open(f"{d}/{n}.log", "wb").write(text.encode())
            json.dump(lab, open(f"{d}/{n}.json", "w"), indent=1, ensure_ascii=False)
        print("dev", sum(v == "dev" for v in split.values()), "held-out", sum(v == "held-out" for v in split.values()))
    elif cmd == "pack":
        split = json.load(open(f"{HELD}/split.json"))
        for s, src, dst in (("dev", DEV, args[0]), ("held-out", HELD, args[1])):
            os.makedirs(dst, exist_ok=True)
            labels = {}
            for n in sorted(split):
                if split[n] != s or not os.path.exists(f"{src}/{n}.json"):
                    continue
                labels[n] = json.load(open(f"{src}/{n}.json"))
                with open(f"{dst}/{n}.log.gz", "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as g:
                    g.write(open(f"{src}/{n}.log", "rb").read())
            json.dump(labels, open(f"{dst}/labels.json", "w"), indent=1, ensure_ascii=False, sort_keys=True)
            print(s, len(labels))
    elif cmd == "second":
        import cases_second
        labels = json.load(open(f"{args[0]}/labels.json"))
        labels = {n: lab for n, lab in labels.items() if lab["set"] != "second"}
        for n in cases_second.SECOND:
            if not os.path.exists(f"{OUT}/{n}.json"):
                continue
            labels[n] = dict(json.load(open(f"{OUT}/{n}.json")), set="second")
            with open(f"{args[0]}/{n}.log.gz", "wb") as f, gzip.GzipFile("", "wb", 9, f, mtime=0) as g:
                g.write(open(f"{OUT}/{n}.log", "rb").read())
        with open(f"{args[0]}/labels.json", "w") as f:
            f.write(json.dumps(labels, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
        print("second", sum(lab["set"] == "second" for lab in labels.values()))


main()
