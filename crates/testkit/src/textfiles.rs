//! Folders of text files as jobs leave them for a textfile collector, each with the page that node_exporter 1.12.1
//! makes of it.

use std::collections::BTreeMap;

use crate::page;

/// A situation and its files.
#[expect(missing_docs, reason = "the fields say it")]
pub struct Textfiles {
    pub situation: &'static str,
    /// Names and contents.
    pub files: &'static [(&'static str, &'static str)],
    /// What the collector shows, without the HELP of its own two families; a file's path is its name, its time 1.
    pub page: &'static str,
}

/// The situations of node_exporter's own fixtures, and some near them.
pub const TEXTFILES: &[Textfiles] = &[
    Textfiles {
        situation: "no file that is meant",
        files: &[("notes.txt", "Not { a metric.\n"), ("metrics.prom.12345", "half 1\n"), ("prom", "x 1\n")],
        page: GOOD,
    },
    Textfiles {
        situation: "two files without types beside another file",
        files: &[
            ("disks.prom", "disk_errors{disk=\"sda\"} 10\ndisk_checks{disk=\"sdb\"} 20\n"),
            ("backups.prom", "backup_files{job=\"home\"} 30\nbackup_age_seconds{job=\"srv\"} 40\n"),
            ("readme.txt", "Not { a metric.\n"),
        ],
        page: "# HELP backup_age_seconds Metric read from backups.prom\n# TYPE backup_age_seconds untyped\n\
               backup_age_seconds{job=\"srv\"} 40\n\
               # HELP backup_files Metric read from backups.prom\n# TYPE backup_files untyped\n\
               backup_files{job=\"home\"} 30\n\
               # HELP disk_checks Metric read from disks.prom\n# TYPE disk_checks untyped\n\
               disk_checks{disk=\"sdb\"} 20\n\
               # HELP disk_errors Metric read from disks.prom\n# TYPE disk_errors untyped\n\
               disk_errors{disk=\"sda\"} 10\n\
               # TYPE node_textfile_mtime_seconds gauge\n\
               node_textfile_mtime_seconds{file=\"backups.prom\"} 1\n\
               node_textfile_mtime_seconds{file=\"disks.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "a timestamp, for which the whole file is refused",
        files: &[("metrics.prom", "late 1 1795226778000\nin_time 2\n")],
        page: BAD,
    },
    Textfiles {
        situation: "empty lines between a counter and summaries",
        files: &[(
            "metrics.prom",
            "\n# HELP jobs_total Jobs that ran.\n# TYPE jobs_total counter\njobs_total{queue=\"a\"} 10\n\n\n\
             jobs_total{queue=\"b\"} 20\n\n# HELP wait_seconds Wait for a worker.\n# TYPE wait_seconds summary\n\
             wait_seconds{queue=\"a\",quantile=\"0.5\"} 2.5e-06\nwait_seconds{queue=\"a\",quantile=\"0.9\"} 7.5e-06\n\
             wait_seconds_sum{queue=\"a\"} 1.2345678901234567e+06\nwait_seconds_count{queue=\"a\"} 1.234567891e+09\n\
             wait_seconds{queue=\"b\",quantile=\"0.5\"} NaN\nwait_seconds_sum{queue=\"b\"} 0\n\
             wait_seconds_count{queue=\"b\"} 0\n\n",
        )],
        page: "# HELP jobs_total Jobs that ran.\n# TYPE jobs_total counter\njobs_total{queue=\"a\"} 10\n\
               jobs_total{queue=\"b\"} 20\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n\
               # HELP wait_seconds Wait for a worker.\n# TYPE wait_seconds summary\n\
               wait_seconds{queue=\"a\",quantile=\"0.5\"} 2.5e-06\nwait_seconds{queue=\"a\",quantile=\"0.9\"} 7.5e-06\n\
               wait_seconds_sum{queue=\"a\"} 1234567.8901234567\nwait_seconds_count{queue=\"a\"} 1234567891\n\
               wait_seconds{queue=\"b\",quantile=\"0.5\"} NaN\nwait_seconds_sum{queue=\"b\"} 0\n\
               wait_seconds_count{queue=\"b\"} 0\n",
    },
    Textfiles {
        situation: "a histogram with counts in exponents",
        files: &[(
            "metrics.prom",
            "# HELP upload_bytes Sizes of uploads.\n# TYPE upload_bytes histogram\nupload_bytes_bucket{le=\"100\"} 0\n\
             upload_bytes_bucket{le=\"2.5e+06\"} 2.71828e+06\nupload_bytes_bucket{le=\"4.75e+07\"} 2.718281e+06\n\
             upload_bytes_bucket{le=\"+Inf\"} 2.718281e+06\nupload_bytes_sum 3.14159265358e+11\n\
             upload_bytes_count 2.718281e+06\n",
        )],
        page: "# HELP upload_bytes Sizes of uploads.\n# TYPE upload_bytes histogram\nupload_bytes_bucket{le=\"100\"} 0\n\
               upload_bytes_bucket{le=\"2.5e+06\"} 2718280\nupload_bytes_bucket{le=\"4.75e+07\"} 2718281\n\
               upload_bytes_bucket{le=\"+Inf\"} 2718281\nupload_bytes_sum 314159265358\nupload_bytes_count 2718281\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "a histogram with another dimension",
        files: &[(
            "metrics.prom",
            "# HELP upload_bytes Sizes of uploads.\n# TYPE upload_bytes histogram\n\
             upload_bytes_bucket{db=\"a\",le=\"100\"} 0\nupload_bytes_bucket{db=\"a\",le=\"+Inf\"} 7\n\
             upload_bytes_sum{db=\"a\"} 61\nupload_bytes_count{db=\"a\"} 7\n\
             upload_bytes_bucket{db=\"b\",le=\"100\"} 1\nupload_bytes_bucket{db=\"b\",le=\"+Inf\"} 8\n\
             upload_bytes_sum{db=\"b\"} 62\nupload_bytes_count{db=\"b\"} 8\n",
        )],
        page: "# HELP upload_bytes Sizes of uploads.\n# TYPE upload_bytes histogram\n\
               upload_bytes_bucket{db=\"a\",le=\"100\"} 0\nupload_bytes_bucket{db=\"a\",le=\"+Inf\"} 7\n\
               upload_bytes_sum{db=\"a\"} 61\nupload_bytes_count{db=\"a\"} 7\n\
               upload_bytes_bucket{db=\"b\",le=\"100\"} 1\nupload_bytes_bucket{db=\"b\",le=\"+Inf\"} 8\n\
               upload_bytes_sum{db=\"b\"} 62\nupload_bytes_count{db=\"b\"} 8\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "a summary whose quantiles lie in different dimensions",
        files: &[(
            "metrics.prom",
            "# HELP render_seconds Time for a page.\n# TYPE render_seconds summary\n\
             render_seconds{page=\"start\",quantile=\"0.5\", handler=\"h\"} 0.25\n\
             render_seconds{page=\"start\",quantile=\"0.9\"} 0.75\nrender_seconds_sum{page=\"start\"} 12.5\n\
             render_seconds_count{page=\"start\"} 31\n",
        )],
        page: "# TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n\
               # HELP render_seconds Time for a page.\n# TYPE render_seconds summary\n\
               render_seconds{handler=\"h\",page=\"start\",quantile=\"0.5\"} 0.25\n\
               render_seconds_sum{handler=\"h\",page=\"start\"} 0\nrender_seconds_count{handler=\"h\",page=\"start\"} 0\n\
               render_seconds{handler=\"\",page=\"start\",quantile=\"0.9\"} 0.75\n\
               render_seconds_sum{handler=\"\",page=\"start\"} 12.5\nrender_seconds_count{handler=\"\",page=\"start\"} 31\n",
    },
    Textfiles {
        situation: "labels that come and go within a family",
        files: &[(
            "metrics.prom",
            "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{code=\"200\",path=\"/a\"} 3\n\
             calls_total{code=\"200\", from=\"x\"} 32\ncalls_total{code=\"200\"} 11\n\n\
             # HELP threads Threads.\n# TYPE threads gauge\nthreads{pool=\"io\"} 22\nthreads 20\n",
        )],
        page: "# HELP calls_total Calls.\n# TYPE calls_total counter\ncalls_total{code=\"200\",from=\"\",path=\"\"} 11\n\
               calls_total{code=\"200\",from=\"\",path=\"/a\"} 3\ncalls_total{code=\"200\",from=\"x\",path=\"\"} 32\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n\
               # HELP threads Threads.\n# TYPE threads gauge\nthreads{pool=\"\"} 20\nthreads{pool=\"io\"} 22\n",
    },
    Textfiles {
        situation: "one family in two files with one help",
        files: &[
            ("a.prom", "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\n\n"),
            ("b.prom", "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{file=\"b\"} 30\n\n"),
        ],
        page: "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\njobs_total{file=\"b\"} 30\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"a.prom\"} 1\n\
               node_textfile_mtime_seconds{file=\"b.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "one family in two files without help",
        files: &[
            ("a.prom", "# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\n"),
            ("b.prom", "# TYPE jobs_total counter\njobs_total{file=\"b\"} 30\n"),
        ],
        page: WITHOUT_HELP,
    },
    Textfiles {
        situation: "one family in two files with an empty help",
        files: &[
            ("a.prom", "# HELP jobs_total \n# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\n"),
            ("b.prom", "# HELP jobs_total \n# TYPE jobs_total counter\njobs_total{file=\"b\"} 30\n"),
        ],
        page: WITHOUT_HELP,
    },
    Textfiles {
        situation: "one family in two files with another help, of which the first stands",
        files: &[
            ("a.prom", "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\n"),
            ("b.prom", "# HELP jobs_total Tasks.\n# TYPE jobs_total counter\njobs_total{file=\"b\"} 30\n"),
        ],
        page: "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{file=\"a\"} 10\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"a.prom\"} 1\n\
               node_textfile_mtime_seconds{file=\"b.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 1\n",
    },
    Textfiles {
        situation: "values that are no plain numbers",
        files: &[("metrics.prom", "a NaN\nb +Inf\nc -inf\nd 0x10\n")],
        page: BAD,
    },
    Textfiles {
        situation: "values that are not finite",
        files: &[("metrics.prom", "# TYPE a gauge\n# HELP a A.\na NaN\n# HELP b B.\nb +Inf\n# HELP c C.\nc -inf\n")],
        page: "# HELP a A.\n# TYPE a gauge\na NaN\n# HELP b B.\n# TYPE b untyped\nb +Inf\n\
               # HELP c C.\n# TYPE c untyped\nc -Inf\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"metrics.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "a file that says nothing",
        files: &[("empty.prom", ""), ("remarks.prom", "# Nothing yet.\n\n")],
        page: "# TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"empty.prom\"} 1\n\
               node_textfile_mtime_seconds{file=\"remarks.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n",
    },
    Textfiles {
        situation: "a broken file beside a good one",
        files: &[("a.prom", "a{\n"), ("b.prom", "# HELP b B.\n# TYPE b gauge\nb 1\n")],
        page: "# HELP b B.\n# TYPE b gauge\nb 1\n\
               # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"b.prom\"} 1\n\
               # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 1\n",
    },
];

/// Nothing was read, and nothing was wrong.
const GOOD: &str = "# TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n";

/// Nothing but the verdict.
const BAD: &str = "# TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 1\n";

const WITHOUT_HELP: &str = "# HELP jobs_total Metric read from a.prom, b.prom\n# TYPE jobs_total counter\n\
    jobs_total{file=\"a\"} 10\njobs_total{file=\"b\"} 30\n\
    # TYPE node_textfile_mtime_seconds gauge\nnode_textfile_mtime_seconds{file=\"a.prom\"} 1\n\
    node_textfile_mtime_seconds{file=\"b.prom\"} 1\n\
    # TYPE node_textfile_scrape_error gauge\nnode_textfile_scrape_error 0\n";

/// What an exporter says of itself.
const OWN: [&str; 3] = ["node_exporter_build_info", "node_scrape_collector_", "pilotlight_"];

/// What a page with nothing but the textfile collector says: values, types and helps by name, without what the exporter
/// says of itself, and without the helps of the collector's own families, for which each has its own words.
pub fn shown(body: &[u8]) -> BTreeMap<String, String> {
    let values = page::series(body).into_iter().map(|(series, value)| (series, String::new(), value.to_string()));
    let types = page::types(body).into_iter().map(|(family, word)| (family, " TYPE".to_owned(), word));
    let helps = page::helps(body).into_iter().map(|(family, help)| (family, " HELP".to_owned(), help));
    let helps = helps.filter(|(family, ..)| !family.starts_with("node_textfile_"));
    let all = values.chain(types).chain(helps);
    let files = all.filter(|(name, ..)| !OWN.iter().any(|own| name.starts_with(own)));
    files.map(|(name, what, value)| (name + &what, value)).collect()
}
