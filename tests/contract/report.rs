//! `docs/compatibility.md`: made of what the runs have left in `docs/compatibility/`, a file for each server.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use s3storage::storage::Capability;
use serde::{Deserialize, Serialize};

use crate::servers::{Counts, Found, Servers};

/// What a run over a server has found.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    pub(crate) version: String,
    pub(crate) provider: String,
    pub(crate) capabilities: Vec<String>,
    pub(crate) groups: BTreeMap<String, Counts>,
}

impl Run {
    pub(crate) fn of(found: &Found, provider: &str, capabilities: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            version: std::env::var("S3_SERVER_VERSION").unwrap_or_default(),
            provider: provider.to_owned(),
            capabilities: capabilities.into_iter().map(ToOwned::to_owned).collect(),
            groups: found.groups(),
        }
    }

    /// Keeps the run below a folder of documents, and writes the document anew.
    pub(crate) fn write(&self, docs: &Path, name: &str, servers: &Servers) -> std::io::Result<()> {
        let kept = docs.join("compatibility");
        fs::create_dir_all(&kept)?;
        fs::write(kept.join(format!("{name}.json")), serde_json::to_string_pretty(self)? + "\n")?;
        let mut runs = Vec::new();
        for known in &servers.servers {
            if let Ok(text) = fs::read_to_string(kept.join(format!("{}.json", known.name))) {
                runs.push((known, serde_json::from_str::<Self>(&text)?));
            }
        }
        let mut page = String::from(HEAD);
        let heads: Vec<_> = runs.iter().map(|(known, run)| format!("{} {}", known.title, run.version)).collect();
        table(&mut page, "", &heads, rows(&runs.iter().map(|(_, run)| run).collect::<Vec<_>>()));
        page.push_str(CAPABILITIES);
        let providers: Vec<_> =
            runs.iter().map(|(known, run)| format!("{} (`{}`)", known.title, run.provider)).collect();
        let has = |capability: &Capability| {
            let cells = runs.iter().map(|(_, run)| {
                let has = run.capabilities.iter().any(|name| name == capability.as_str());
                if has { "yes" } else { "–" }.to_owned()
            });
            (capability.as_str().to_owned(), cells.collect())
        };
        table(&mut page, "capability", &providers, Capability::ALL.iter().map(has).collect());
        page.push_str("\n## Differences\n");
        for (known, _) in &runs {
            let _ = write!(page, "\n### {}\n\n", known.title);
            if known.differences.is_empty() {
                page.push_str("None: every case holds, or is refused for what the profile does not have.\n");
                continue;
            }
            page.push_str("| what differs | seen | cases |\n|---|---|---|\n");
            for difference in &known.differences {
                let cases: Vec<_> = difference.cases.iter().map(|case| format!("`{case}`")).collect();
                let seen = difference.seen.replace('|', "\\|");
                let _ = writeln!(page, "| {} | `{seen}` | {} |", difference.what, cases.join(", "));
            }
        }
        page.push_str(DOCUMENTED);
        for documented in &servers.documented {
            let _ = write!(
                page,
                "\n### {}\n\n| what its documents say | source | test |\n|---|---|---|\n",
                documented.title
            );
            for promise in &documented.differences {
                let _ = writeln!(page, "| {} | {} | `{}` |", promise.what, promise.source, promise.test);
            }
        }
        fs::write(docs.join("compatibility.md"), page)
    }
}

/// A row for each group of cases, and one for all.
fn rows(runs: &[&Run]) -> Vec<(String, Vec<String>)> {
    let mut groups: Vec<_> = runs.iter().flat_map(|run| run.groups.keys()).collect();
    groups.sort();
    groups.dedup();
    let cell = |counts: Counts| {
        let mut cell = format!("{} of {}", counts.holds, counts.all());
        for (count, word) in [(counts.refused, "refused"), (counts.differs, "differ")] {
            if count > 0 {
                let _ = write!(cell, ", {count} {word}");
            }
        }
        cell
    };
    let row = |group: &&String| {
        let cells =
            runs.iter().map(|run| run.groups.get(*group).map_or_else(|| "–".to_owned(), |counts| cell(*counts)));
        ((*group).clone(), cells.collect())
    };
    let mut rows: Vec<_> = groups.iter().map(row).collect();
    let all = |run: &&Run| {
        run.groups.values().fold(Counts::default(), |sum, counts| Counts {
            holds: sum.holds + counts.holds,
            refused: sum.refused + counts.refused,
            differs: sum.differs + counts.differs,
        })
    };
    rows.push(("**all**".to_owned(), runs.iter().map(|run| format!("**{}**", cell(all(run)))).collect()));
    rows
}

fn table(page: &mut String, corner: &str, heads: &[String], rows: Vec<(String, Vec<String>)>) {
    let _ = writeln!(page, "| {corner} | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for (name, cells) in rows {
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    }
}

const HEAD: &str = "\
# Compatibility

<!-- Written by `make test-servers`. What is known of a server is in tests/contract/servers.json, what the runs have counted in docs/compatibility/. -->

The table of cases that every backend passes (`tests/contract/`), run over servers of others on one machine. A group of cases is an operation; `model` are random
sequences beside a map, `threads` many reads at once. \"14 of 16, 2 refused\": 14 hold, and 2 throw UNSUPPORTED, since the server does not have what the case needs. What *differs* is below, with
what was seen. A case that fails and is not listed there, or that is listed there and holds, fails the run.

";

const CAPABILITIES: &str = "
## Capabilities

What the profile of a server (`provider` in a [configuration](configuration.md)) has. What it has not is UNSUPPORTED before anything is sent.

";

const DOCUMENTED: &str = "
## Not run here

Services of which there is no server to install. What their documents say is played by a server that answers by a script (`tests/faults/profiles.rs`).

AWS S3 itself was not run: what is sent to it is tested against the embedded server and moto. DigitalOcean Spaces runs Ceph's gateway.
";
