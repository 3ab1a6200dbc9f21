//! The page of a package for people.

use super::{
    package::Summary,
    questions::{Answer, Found},
    sshsig::EVIDENCE,
};

/// Writes the page, in Markdown.
pub(super) fn write(summary: &Summary) -> String {
    let mut page = format!("# Evidence: {}\n\n", plain(&summary.about.title));
    page.push_str(&format!(
        "Put together by {} on {} with {}.\n\n",
        plain(&summary.by.sentence()),
        summary.at.format("%Y-%m-%d %H:%M:%SZ"),
        plain(&summary.made_with)
    ));
    page.push_str("## What was done\n\n| when | what | who | second person | outcome | id |\n");
    page.push_str("| --- | --- | --- | --- | --- | --- |\n");
    for line in &summary.operations {
        page.push_str(&format!(
            "| {} | {} | {} | {} | {:?} | {} |\n",
            line.at.map_or_else(String::new, |at| at
                .format("%Y-%m-%d %H:%M:%SZ")
                .to_string()),
            plain(&line.summary),
            plain(&line.who),
            line.second
                .as_ref()
                .map_or_else(String::new, |who| plain(who)),
            line.state,
            plain(&line.id.0),
        ));
    }
    page.push_str("\n## What an auditor asks\n");
    for answer in &summary.questions {
        question(&mut page, answer);
    }
    page.push_str("\n## What is missing\n\n");
    let gaps = summary
        .questions
        .iter()
        .filter(|answer| matches!(answer.found, Found::Missing | Found::Partly));
    for answer in gaps {
        page.push_str(&format!(
            "- {} ({})\n",
            answer.question,
            answer.found.word()
        ));
    }
    for missing in &summary.missing {
        page.push_str(&format!("- {}\n", plain(missing)));
    }
    page.push_str(&format!(
        "\n## The journal\n\nIts head was entry {}, SHA-256 `{}`. Compare it with a head that was \
         published then: `tminus verify --head {}:{}`.\n",
        summary.head.seq, summary.head.sha256, summary.head.seq, summary.head.sha256
    ));
    page.push_str(&format!(
        "\n## How to check it\n\nWith tminus, without a network:\n\n```sh\ntminus verify . \
         --allowed-signers ALLOWED_SIGNERS\n```\n\nWithout tminus:\n\n```sh\nsha256sum -c \
         manifest.sha256\nssh-keygen -Y verify -f ALLOWED_SIGNERS -I NAME -n {EVIDENCE} -s \
         manifest.sha256.sig < manifest.sha256\n```\n\nEach `statements/*.pae` is checked with its \
         `.pae.sig` in the same way. A signature proves that the key's holder (or whoever could \
         use their agent) vouched for these bytes, not that they are true.\n"
    ));
    page
}

fn question(page: &mut String, answer: &Answer) {
    page.push_str(&format!(
        "\n### {}. {}\n\n**{}**",
        answer.number,
        answer.question,
        answer.found.word()
    ));
    if !answer.shown_in.is_empty() {
        page.push_str(&format!(
            " · {}",
            answer
                .shown_in
                .iter()
                .map(|file| plain(file))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    page.push_str("\n\n");
    for says in &answer.says {
        page.push_str(&format!("- {}\n", plain(says)));
    }
}

/// Text that cannot become a table, a link or markup.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(
            character,
            '|' | '<' | '>' | '[' | ']' | '*' | '_' | '`' | '\\' | '#'
        ) {
            plain.push('\\');
        }
        plain.push(if character.is_control() {
            ' '
        } else {
            character
        });
    }
    plain
}
