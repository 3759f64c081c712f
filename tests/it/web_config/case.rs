//! A configuration file and what node_exporter makes of it.

use std::fs;
use std::path::Path;

use super::client::Request;

/// A file, and whether it is taken.
pub(crate) struct Case {
    /// Unique; the allow-list names it.
    pub(crate) name: &'static str,
    /// The file. A line `<NAME>` stands for that file of the folder, indented as the line is.
    pub(crate) text: &'static str,
    pub(crate) then: Then,
}

/// What node_exporter does.
pub(crate) enum Then {
    /// It does not start. Our error begins with this.
    Refuses(&'static str),
    /// It serves.
    Serves(&'static [Step]),
}

/// One thing after another.
pub(crate) enum Step {
    /// A request, and the verdict on it.
    Ask(Request, &'static str),
    /// A file of the folder is replaced by a text, such as that of a [`Case`].
    Write(&'static str, &'static str),
}

/// The name of the configuration file in the folder.
pub(crate) const CONFIG: &str = "web.yml";

/// Writes a text into a file of the folder, with what it includes.
pub(crate) fn write(folder: &Path, name: &str, text: &str) {
    let mut content = String::new();
    for line in text.split_inclusive('\n') {
        let included = line.trim().strip_prefix('<').and_then(|line| line.strip_suffix('>'));
        let Some(included) = included else {
            content.push_str(line);
            continue;
        };
        let indent: String = line.chars().take_while(|&c| c == ' ').collect();
        let file = fs::read_to_string(folder.join(included)).unwrap_or_else(|err| panic!("{included}: {err}"));
        content.extend(file.lines().map(|line| format!("{indent}{line}\n")));
    }
    // Replaced as a whole: a program must not see half of it.
    let staged = folder.join("staged");
    fs::write(&staged, content).expect("the folder is ours");
    fs::rename(staged, folder.join(name)).expect("the folder is ours");
}
