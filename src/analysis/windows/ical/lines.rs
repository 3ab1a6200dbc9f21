//! Content lines and components: the grammar of RFC 5545, 3.1.

/// A property: `NAME;PARAMETER=value:value`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Where it begins in the file, from 1 on; 0 for a line of no file.
    pub number: usize,
    /// The name, in capitals.
    pub name: String,
    /// The parameters; their names in capitals, their values without quotes.
    pub parameters: Vec<(String, String)>,
    /// The value as it stands.
    pub value: String,
}

impl Line {
    /// Reads one unfolded line.
    ///
    /// # Errors
    /// What is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name_end = text
            .find([';', ':'])
            .ok_or_else(|| "it has no `:`".to_owned())?;
        let name = text[..name_end].trim().to_ascii_uppercase();
        let fine = |name: &str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
        };
        if !fine(&name) {
            return Err("it begins with no name".to_owned());
        }
        let mut line = Self {
            name,
            ..Self::default()
        };
        let mut rest = &text[name_end..];
        while let Some(parameter) = rest.strip_prefix(';') {
            let mut quoted = false;
            let end = parameter
                .find(|letter: char| {
                    quoted ^= letter == '"';
                    !quoted && matches!(letter, ';' | ':')
                })
                .ok_or_else(|| "it has no `:` after its parameters".to_owned())?;
            if let Some((name, value)) = parameter[..end].split_once('=') {
                let value = value.trim().replace('"', "");
                line.parameters
                    .push((name.trim().to_ascii_uppercase(), value));
            }
            rest = &parameter[end..];
        }
        rest.strip_prefix(':')
            .unwrap_or_default()
            .clone_into(&mut line.value);
        Ok(line)
    }

    /// The parameter of a name in capitals.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The value as text for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut letters = self.value.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(other) => text.push(other),
                    None => {}
                },
                letter => text.push(letter),
            }
        }
        text
    }
}

/// A component with what stands in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// The name, in capitals.
    pub name: String,
    /// The line of its BEGIN.
    pub number: usize,
    /// Its properties.
    pub properties: Vec<Line>,
    /// What is nested in it.
    pub components: Vec<Component>,
    /// Lines that are none, with what is wrong.
    pub broken: Vec<(usize, String)>,
}

impl Component {
    /// The first property of a name.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Line> {
        self.properties.iter().find(|line| line.name == name)
    }

    /// All properties of a name.
    pub fn all<'a>(&'a self, name: &'static str) -> impl Iterator<Item = &'a Line> {
        self.properties.iter().filter(move |line| line.name == name)
    }
}

/// Puts folded lines together. This is done on bytes: a fold may stand in the
/// middle of a letter.
fn unfold(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, raw) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        match (raw.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some((_, line))) => line.extend_from_slice(&raw[1..]),
            (None, _) => {}
            _ => lines.push((index + 1, raw.to_vec())),
        }
    }
    lines
}

/// Reads a file into its outermost components.
///
/// # Errors
/// Where its components do not close, as in a file that was cut off, or when
/// it holds none: such a file says nothing.
pub fn components(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let mut open: Vec<Component> = Vec::new();
    let mut done: Vec<Component> = Vec::new();
    for (number, bytes) in unfold(bytes) {
        let text = String::from_utf8_lossy(&bytes);
        if text.trim().is_empty() {
            continue;
        }
        let line = match Line::parse(&text) {
            Ok(line) => Line { number, ..line },
            Err(why) => match open.last_mut() {
                Some(component) => {
                    component.broken.push((number, why));
                    continue;
                }
                None => return Err(format!("line {number}: this is no iCalendar file: {why}")),
            },
        };
        match line.name.as_str() {
            "BEGIN" => open.push(Component {
                name: line.value.trim().to_ascii_uppercase(),
                number,
                ..Component::default()
            }),
            "END" => {
                let name = line.value.trim().to_ascii_uppercase();
                let Some(component) = open.pop() else {
                    return Err(format!("line {number}: END:{name} ends nothing"));
                };
                if component.name != name {
                    return Err(format!(
                        "line {number}: END:{name} stands where {} of line {} has to end",
                        component.name, component.number
                    ));
                }
                match open.last_mut() {
                    Some(outer) => outer.components.push(component),
                    None => done.push(component),
                }
            }
            _ => match open.last_mut() {
                Some(component) => component.properties.push(line),
                None => {
                    return Err(format!(
                        "line {number}: this is no iCalendar file: BEGIN:VCALENDAR is expected"
                    ));
                }
            },
        }
    }
    match open.last() {
        Some(component) => Err(format!(
            "the file is cut off: {} of line {} does not end",
            component.name, component.number
        )),
        None if done.iter().any(|component| component.name == "VCALENDAR") => Ok(done),
        None => Err("this is no iCalendar file: BEGIN:VCALENDAR is expected".to_owned()),
    }
}
