//! The INI dialect of carbon's files: what Python's ConfigParser reads, and what go-carbon reads.
//!
//! Invariant: every text gives sections, never a failure. Where the two readers differ, the reading that keeps
//! more of what was meant is taken and a warning names the difference. `%` is an ordinary character. What the
//! options mean is not decided here.

use plumbago_rules::carbon::Warnings;

const BOTH_REFUSE: &str = "carbon and go-carbon would refuse the file";
const CARBON_REFUSES: &str = "carbon would refuse the file";
const GO_CARBON_REFUSES: &str = "go-carbon would refuse the file";

/// One `[name]` and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IniSection {
    /// The text between the brackets.
    pub name: String,
    /// The header's line, counted from 1.
    pub line: usize,
    options: Vec<IniOption>,
}

/// One `key = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IniOption {
    /// The key in lower case.
    pub key: String,
    /// The value; lines are joined by `\n`.
    pub value: String,
    /// The line of the key, counted from 1.
    pub line: usize,
}

impl IniSection {
    /// The option of that key, given in lower case.
    pub(crate) fn get(&self, key: &str) -> Option<&IniOption> {
        self.options.iter().find(|option| option.key == key)
    }
}

/// Reads `text`; sections keep the order of the file.
pub(crate) fn parse(text: &str, warnings: &mut Warnings) -> Vec<IniSection> {
    let mut parser = Parser { sections: Vec::new(), option: None, indent: 0, warnings };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, line) in text.lines().enumerate() {
        parser.line(index + 1, line);
    }
    parser.close_option();
    let Parser { mut sections, .. } = parser;
    inherit_defaults(&mut sections, warnings);
    sections
}

/// The sections so far, and the option that a deeper indented line would continue.
struct Parser<'w> {
    sections: Vec<IniSection>,
    option: Option<IniOption>,
    indent: usize,
    warnings: &'w mut Warnings,
}

impl Parser<'_> {
    fn line(&mut self, number: usize, line: &str) {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return;
        }
        if text.is_empty() {
            if let Some(option) = &mut self.option {
                option.value.push('\n');
            }
            return;
        }
        let indent = line.chars().take_while(|c| c.is_whitespace()).count();
        if self.option.is_some() && indent > self.indent {
            self.continuation(number, text);
        } else {
            self.indent = indent;
            self.header_or_option(number, text);
        }
    }

    /// A line indented deeper than the option before it. go-carbon does not look at indentation.
    fn continuation(&mut self, number: usize, text: &str) {
        let is_header = text.starts_with('[') && text.ends_with(']');
        let Some(option) = &mut self.option else { return };
        if is_header || is_plain_option(text) {
            let what = if is_header { "a section header" } else { "an option" };
            let message = format!("this indented line is taken as {what} of its own");
            self.warnings.push(number, message, "carbon would take it as more of the value above");
            self.header_or_option(number, text);
            return;
        }
        option.value.push('\n');
        option.value.push_str(text);
        let message = format!("this line continues the value of `{}`", option.key);
        self.warnings.push(number, message, GO_CARBON_REFUSES);
    }

    fn header_or_option(&mut self, number: usize, text: &str) {
        self.close_option();
        match text.strip_prefix('[') {
            Some(rest) => self.header(number, rest),
            None => self.option_line(number, text),
        }
    }

    /// `rest` follows the opening bracket.
    fn header(&mut self, number: usize, rest: &str) {
        let name = if let Some(name) = rest.strip_suffix(']') {
            name
        } else if let Some((name, trailing)) = rest.split_once(']') {
            let message = format!("the text after the header of [{name}] is ignored: {}", trailing.trim());
            let elsewhere = "carbon would silently ignore the whole section, go-carbon would refuse the file";
            self.warnings.push(number, message, elsewhere);
            name
        } else {
            self.warnings.push(number, "this section header lacks its closing bracket", BOTH_REFUSE);
            rest
        };
        let name = name.trim();
        if name.is_empty() {
            self.warnings.push(number, "this section has no name", BOTH_REFUSE);
        } else if self.sections.iter().any(|section| section.name == name) {
            let message = format!("[{name}] occurs again; both sections are used, in their order");
            self.warnings.push(number, message, CARBON_REFUSES);
        }
        self.sections.push(IniSection { name: name.to_owned(), line: number, options: Vec::new() });
    }

    fn option_line(&mut self, number: usize, text: &str) {
        if self.sections.is_empty() {
            self.warnings.push(
                number,
                "this line stands before the first section and is ignored",
                BOTH_REFUSE,
            );
            return;
        }
        let Some((key, value)) = text.split_once(['=', ':']) else {
            self.warnings.push(number, "this line is no `key = value` and is ignored", BOTH_REFUSE);
            return;
        };
        let key = key.trim_end().to_lowercase();
        if key.is_empty() {
            self.warnings.push(number, "the key is missing; the line is ignored", BOTH_REFUSE);
            return;
        }
        if text.as_bytes().get(text.len() - value.len() - 1) == Some(&b':') {
            let message = format!("`{key}` ends at a colon");
            self.warnings.push(number, message, "go-carbon knows only `=` and would not see this key");
        }
        self.option = Some(IniOption { key, value: value.trim().to_owned(), line: number });
    }

    /// The option is complete once its last line is known.
    fn close_option(&mut self) {
        let Some(mut option) = self.option.take() else { return };
        option.value.truncate(option.value.trim_end().len());
        self.unquote(&mut option);
        self.remark_on_characters(&option);
        let Some(section) = self.sections.last_mut() else { return };
        match section.options.iter_mut().find(|other| other.key == option.key) {
            Some(earlier) => {
                let message =
                    format!("`{}` occurs again in [{}]; the last one counts", option.key, section.name);
                self.warnings.push(option.line, message, CARBON_REFUSES);
                *earlier = option;
            }
            None => section.options.push(option),
        }
    }

    fn unquote(&mut self, option: &mut IniOption) {
        for quote in ['"', '\''] {
            let inner = option.value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
            if let Some(inner) = inner {
                let message = format!("the quotes around the value of `{}` are left out", option.key);
                self.warnings.push(option.line, message, "carbon would take them as part of the value");
                option.value = inner.to_owned();
                return;
            }
        }
    }

    /// Characters that look like syntax, or are syntax to carbon, and are ordinary here.
    fn remark_on_characters(&mut self, option: &IniOption) {
        let IniOption { key, value, line } = option;
        let mut previous = 'x';
        for character in value.chars() {
            if matches!(character, '#' | ';') && previous.is_whitespace() {
                let message = format!("`{character}` is part of the value of `{key}`");
                self.warnings.push(*line, message, "comments after a value are not known to carbon either");
                break;
            }
            previous = character;
        }
        if value.replace("%%", "").contains('%') {
            let message = format!("`%` is an ordinary character in the value of `{key}`");
            let elsewhere =
                "carbon would put another option's value in place of %(name)s, and refuse any other `%`";
            self.warnings.push(*line, message, elsewhere);
        } else if value.contains('%') {
            let message = format!("`%%` in the value of `{key}` means two percent signs");
            self.warnings.push(*line, message, "carbon would take it as one");
        }
    }
}

/// `word = …`, as every option of carbon's rule files is written.
fn is_plain_option(text: &str) -> bool {
    text.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim_end();
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// carbon gives the options of `[DEFAULT]` to every section that lacks them.
fn inherit_defaults(sections: &mut [IniSection], warnings: &mut Warnings) {
    let Some(defaults) = sections.iter().find(|section| section.name == "DEFAULT").cloned() else { return };
    let mut inherited = false;
    for section in sections.iter_mut().filter(|section| section.name != "DEFAULT") {
        for option in &defaults.options {
            if section.get(&option.key).is_none() {
                section.options.push(option.clone());
                inherited = true;
            }
        }
    }
    if inherited {
        let message = "the options of [DEFAULT] also count in sections that lack them, as in carbon";
        warnings.push(defaults.line, message, "go-carbon would take it as a section like any other");
    }
}

#[cfg(test)]
mod tests;
