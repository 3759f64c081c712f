//! Golden pages: a page compared with a file, as sets of series.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::validate::{Format, Page, Report};

/// What is not as in the golden file. `Debug` is `Display`, so that `unwrap` in a test shows lines.
pub enum GoldenError {
    /// The page differs: the lines that it lacks after `-`, those that it has instead or besides after `+`.
    Differs(PathBuf, Vec<String>),
    /// The file cannot be read or written.
    Io(PathBuf, io::Error),
}

/// Compares a page with a golden file: types, help texts and values by series, in whatever order and spelling.
///
/// The samples of `masked`, names of families or samples, may have any value; the file has 0 for them, so that it stays
/// a good page. With `UPDATE_GOLDEN=1` in the environment the file is written instead.
pub fn check(path: &Path, page: &[u8], masked: &[&str]) -> Result<(), GoldenError> {
    let is_update = std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1");
    if is_update { update(path, page, masked) } else { compare(path, page, masked) }
}

fn update(path: &Path, page: &[u8], masked: &[&str]) -> Result<(), GoldenError> {
    let folder = path.parent().unwrap_or(path);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(path, mask(page, masked)));
    written.map_err(|err| GoldenError::Io(path.to_owned(), err))
}

fn compare(path: &Path, page: &[u8], masked: &[&str]) -> Result<(), GoldenError> {
    let golden = fs::read(path).map_err(|err| GoldenError::Io(path.to_owned(), err))?;
    let differences = differences(&mask(&golden, masked), &mask(page, masked));
    if differences.is_empty() { Ok(()) } else { Err(GoldenError::Differs(path.to_owned(), differences)) }
}

/// The page with 0 for the values of `masked`, names of families or samples; the rest is left byte for byte.
pub fn mask(page: &[u8], masked: &[&str]) -> Vec<u8> {
    let is_masked = |name: &String| masked.contains(&name.as_str());
    let read = read(page);
    let samples = read.samples().filter(|(family, sample)| is_masked(&family.name) || is_masked(&sample.name));
    let lines: BTreeMap<usize, &str> = samples.map(|(_, sample)| (sample.line, sample.text.as_str())).collect();
    let mut out = Vec::with_capacity(page.len());
    for (index, line) in page.split_inclusive(|b| *b == b'\n').enumerate() {
        match lines.get(&(index + 1)) {
            Some(series) => out.extend_from_slice(format!("{series} 0\n").as_bytes()),
            None => out.extend_from_slice(line),
        }
    }
    out
}

fn differences(golden: &[u8], page: &[u8]) -> Vec<String> {
    let (golden, page) = (entries(golden), entries(page));
    let mut keys: Vec<_> = golden.keys().chain(page.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut lines = Vec::new();
    for key in keys {
        let (wanted, found) = (golden.get(key), page.get(key));
        if wanted != found {
            lines.extend(wanted.map(|wanted| format!("-{key} {wanted}")));
            lines.extend(found.map(|found| format!("+{key} {found}")));
        }
    }
    lines
}

/// What a page says, by what it says it about.
fn entries(page: &[u8]) -> BTreeMap<String, String> {
    let metadata = |keyword: &'static str, texts: BTreeMap<String, String>| {
        texts.into_iter().map(move |(name, text)| (format!("# {keyword} {name}"), text))
    };
    let values = crate::page::series(page).into_iter().map(|(series, value)| (series, value.to_string()));
    let metadata = metadata("TYPE", crate::page::types(page)).chain(metadata("HELP", crate::page::helps(page)));
    metadata.chain(values).collect()
}

fn read(page: &[u8]) -> Page {
    Page::read(page, Format::Text, &mut Report::default())
}

impl fmt::Display for GoldenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GoldenError::Differs(path, lines) => {
                writeln!(f, "the page differs from its golden file; UPDATE_GOLDEN=1 rewrites it")?;
                write!(f, "--- {}\n+++ the page", path.display())?;
                lines.iter().try_for_each(|line| write!(f, "\n{line}"))
            }
            GoldenError::Io(path, err) => {
                write!(f, "golden file {}: {err}; UPDATE_GOLDEN=1 writes it", path.display())
            }
        }
    }
}

impl fmt::Debug for GoldenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for GoldenError {}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLDEN: &str =
        "# HELP up Up.\n# TYPE up gauge\nup{a=\"1\",b=\"2\"} 1\n# HELP t_total T.\n# TYPE t_total counter\nt_total 5\n";

    fn check_against(golden: &str, page: &str, masked: &[&str]) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.txt");
        fs::write(&path, golden).unwrap();
        compare(&path, page.as_bytes(), masked)
            .map_err(|err| err.to_string().replace(folder.path().to_str().unwrap(), ""))
    }

    #[test]
    fn the_same_page_in_another_order_and_spelling() {
        let page = "# TYPE t_total counter\n# HELP t_total T.\nt_total 5.0\n# HELP up Up.\n# TYPE up gauge\nup{b=\"2\",a=\"1\"} 1e0\n";
        assert_eq!(check_against(GOLDEN, page, &[]), Ok(()));
    }

    #[test]
    fn a_masked_value_in_file_and_page() {
        let page = GOLDEN.replace("t_total 5", "t_total 7");
        assert_eq!(check_against(GOLDEN, &page, &["t_total"]), Ok(()));
        assert_eq!(
            String::from_utf8(mask(page.as_bytes(), &["t_total"])).unwrap(),
            GOLDEN.replace("t_total 5", "t_total 0")
        );
    }

    #[test]
    fn all_parts_of_a_family_masked() {
        let page = "# TYPE t histogram\nt_bucket{le=\"+Inf\"} 3\nt_sum 3\nt_count 3\n";
        let masked = "# TYPE t histogram\nt_bucket{le=\"+Inf\"} 0\nt_sum 0\nt_count 0\n";
        assert_eq!(String::from_utf8(mask(page.as_bytes(), &["t"])).unwrap(), masked);
    }

    #[test]
    fn series_missing_extra_and_changed() {
        let page = "# HELP up Is it up?\n# TYPE up gauge\nup{a=\"1\",b=\"3\"} 1\n# HELP t_total T.\n# TYPE t_total untyped\nt_total 6\n";
        let expected = "the page differs from its golden file; UPDATE_GOLDEN=1 rewrites it\n\
                        --- /page.txt\n+++ the page\n\
                        -# HELP up Up.\n+# HELP up Is it up?\n\
                        -# TYPE t_total counter\n+# TYPE t_total untyped\n\
                        -t_total 5\n+t_total 6\n\
                        -up{a=\"1\",b=\"2\"} 1\n+up{a=\"1\",b=\"3\"} 1";
        assert_eq!(check_against(GOLDEN, page, &[]), Err(expected.to_owned()));
    }

    #[test]
    fn no_golden_file_yet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/page.txt");
        let err = compare(&path, GOLDEN.as_bytes(), &[]).unwrap_err().to_string();
        assert!(err.starts_with("golden file /") && err.ends_with("UPDATE_GOLDEN=1 writes it"), "{err}");
        update(&path, GOLDEN.as_bytes(), &["t_total"]).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), GOLDEN.replace("t_total 5", "t_total 0"));
    }
}
