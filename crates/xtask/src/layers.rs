//! The layer rules: which crate may know which.
//!
//! Two tables say everything. [`LAYERS`] lists, for each crate of the workspace, the crates of the workspace that it may
//! build on; [`OWNERS`] lists the outside crates that only some of ours may touch. A crate that is in no table is an
//! error: whoever adds one says where it stands.

use std::fmt;

use crate::graph::{Crate, Dependency, Kind};

/// What one crate of the workspace may depend on, normally or in its build script.
struct Layer {
    name: &'static str,
    may_use: &'static [&'static str],
}

/// The arrows. A crate that is listed need not exist yet.
const LAYERS: &[Layer] = &[
    Layer {
        name: "processive-core",
        may_use: &[],
    },
    Layer {
        name: "processive-ingest",
        may_use: &["processive-core"],
    },
    Layer {
        name: "processive-encode",
        may_use: &["processive-core"],
    },
    Layer {
        name: "processive-kernels",
        may_use: &[],
    },
    Layer {
        name: "processive-models",
        may_use: &["processive-core", "processive-encode", "processive-kernels"],
    },
    Layer {
        name: "processive-train",
        may_use: &[
            "processive-core",
            "processive-encode",
            "processive-models",
            "processive-kernels",
        ],
    },
    Layer {
        name: "processive-report",
        may_use: &["processive-core"],
    },
    Layer {
        name: "processive-predict",
        may_use: &[
            "processive-core",
            "processive-encode",
            "processive-ingest",
            "processive-kernels",
            "processive-models",
            "processive-report",
        ],
    },
    Layer {
        name: "processive",
        may_use: &[
            "processive-core",
            "processive-encode",
            "processive-ingest",
            "processive-kernels",
            "processive-models",
            "processive-predict",
            "processive-report",
            "processive-train",
        ],
    },
    Layer {
        name: "processive-bench",
        may_use: &[
            "processive-core",
            "processive-encode",
            "processive-ingest",
            "processive-models",
        ],
    },
    Layer {
        name: "xtask",
        may_use: &[],
    },
];

/// An outside crate, with the crates of its family (`burn` stands for `burn-flex` too), and who may depend on it.
struct Owner {
    family: &'static str,
    crates: &'static [&'static str],
    /// Whether every other crate's tests may use it as well.
    in_tests: InTests,
}

#[derive(PartialEq)]
enum InTests {
    /// Only the owners.
    Owners,
    /// Any crate, as an oracle.
    Everyone,
}

const OWNERS: &[Owner] = &[
    Owner {
        family: "burn",
        crates: &["processive-models", "processive-train", "processive-bench"],
        in_tests: InTests::Owners,
    },
    Owner {
        family: "polars",
        crates: &["processive-report"],
        in_tests: InTests::Owners,
    },
    Owner {
        family: "noodles",
        crates: &["processive-ingest"],
        in_tests: InTests::Owners,
    },
    Owner {
        family: "bio",
        crates: &["processive-ingest"],
        in_tests: InTests::Everyone,
    },
    Owner {
        family: "clap",
        crates: &["processive", "processive-bench", "xtask"],
        in_tests: InTests::Owners,
    },
    Owner {
        family: "anyhow",
        crates: &["processive", "processive-bench", "xtask"],
        in_tests: InTests::Owners,
    },
];

/// A broken layer rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A workspace crate that the layer table does not know.
    Unlisted { name: String },
    /// An arrow between two workspace crates that the table does not have.
    Arrow {
        from: String,
        to: String,
        kind: Kind,
        allowed: &'static [&'static str],
    },
    /// An outside crate in the hands of a crate that does not own it.
    Ownership {
        from: String,
        to: String,
        kind: Kind,
        owners: &'static [&'static str],
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlisted { name } => {
                write!(
                    f,
                    "{name} is not in the layer table (LAYERS in crates/xtask/src/layers.rs)"
                )
            }
            Self::Arrow {
                from,
                to,
                kind,
                allowed,
            } => {
                let rule = or_nothing(allowed);
                write!(
                    f,
                    "{from} -> {to} ({kind} dependency): of the workspace, {from} may use {rule}"
                )
            }
            Self::Ownership { from, to, kind, owners } => {
                let rule = or_nothing(owners);
                write!(f, "{from} -> {to} ({kind} dependency): {to} belongs to {rule} only")
            }
        }
    }
}

fn or_nothing(names: &[&str]) -> String {
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// Lists the rules that the crates of a workspace break, in the order of the crates and their dependencies.
pub(crate) fn check(crates: &[Crate]) -> Vec<Violation> {
    crates.iter().flat_map(check_crate).collect()
}

fn check_crate(krate: &Crate) -> Vec<Violation> {
    let Some(layer) = LAYERS.iter().find(|layer| layer.name == krate.name) else {
        return vec![Violation::Unlisted {
            name: krate.name.clone(),
        }];
    };
    krate
        .dependencies
        .iter()
        .filter_map(|dependency| check_arrow(layer, dependency).or_else(|| check_owner(layer, dependency)))
        .collect()
}

/// Tests may look anywhere inside the workspace; the arrows bind what is built into the program.
fn check_arrow(layer: &Layer, dependency: &Dependency) -> Option<Violation> {
    let internal = LAYERS.iter().any(|other| other.name == dependency.name);
    let allowed = layer.may_use.contains(&dependency.name.as_str());
    (internal && !allowed && dependency.kind != Kind::Development).then(|| Violation::Arrow {
        from: layer.name.to_owned(),
        to: dependency.name.clone(),
        kind: dependency.kind,
        allowed: layer.may_use,
    })
}

fn check_owner(layer: &Layer, dependency: &Dependency) -> Option<Violation> {
    let owner = OWNERS
        .iter()
        .find(|owner| is_of_family(&dependency.name, owner.family))?;
    let oracle = dependency.kind == Kind::Development && owner.in_tests == InTests::Everyone;
    (!oracle && !owner.crates.contains(&layer.name)).then(|| Violation::Ownership {
        from: layer.name.to_owned(),
        to: dependency.name.clone(),
        kind: dependency.kind,
        owners: owner.crates,
    })
}

/// `burn-flex` and `clap_complete` are of the families `burn` and `clap`; `biology` is not of `bio`.
fn is_of_family(name: &str, family: &str) -> bool {
    name.strip_prefix(family)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIBRARIES: &[&str] = &[
        "core", "ingest", "encode", "kernels", "models", "train", "report", "predict",
    ];

    fn full(short: &str) -> String {
        match short {
            "cli" => "processive".to_owned(),
            "xtask" => short.to_owned(),
            library => format!("processive-{library}"),
        }
    }

    fn edge(from: &str, to: &str, kind: Kind) -> Vec<Violation> {
        check(&[Crate {
            name: full(from),
            dependencies: vec![Dependency {
                name: to.to_owned(),
                kind,
            }],
        }])
    }

    #[test]
    fn arrows_of_the_architecture_are_allowed() {
        let allowed: &[(&str, &[&str])] = &[
            ("core", &[]),
            ("ingest", &["core"]),
            ("encode", &["core"]),
            ("kernels", &[]),
            ("models", &["core", "encode", "kernels"]),
            ("train", &["core", "encode", "models", "kernels"]),
            ("report", &["core"]),
            ("predict", &["core", "encode", "ingest", "kernels", "models", "report"]),
            ("cli", LIBRARIES),
            ("xtask", &[]),
        ];
        for (from, targets) in allowed {
            for to in *targets {
                for kind in [Kind::Normal, Kind::Build, Kind::Development] {
                    assert_eq!(edge(from, &full(to), kind), [], "{from} -> {to}");
                }
            }
        }
    }

    #[test]
    fn arrows_that_point_back_or_sideways_are_named() {
        let forbidden: &[(&str, &[&str])] = &[
            (
                "core",
                &[
                    "ingest", "encode", "kernels", "models", "train", "report", "predict", "cli", "xtask",
                ],
            ),
            (
                "ingest",
                &[
                    "encode", "kernels", "models", "train", "report", "predict", "cli", "xtask",
                ],
            ),
            (
                "encode",
                &[
                    "ingest", "kernels", "models", "train", "report", "predict", "cli", "xtask",
                ],
            ),
            (
                "kernels",
                &[
                    "core", "ingest", "encode", "models", "train", "report", "predict", "cli", "xtask",
                ],
            ),
            ("models", &["ingest", "train", "report", "predict", "cli", "xtask"]),
            ("train", &["ingest", "report", "predict", "cli", "xtask"]),
            (
                "report",
                &[
                    "ingest", "encode", "kernels", "models", "train", "predict", "cli", "xtask",
                ],
            ),
            ("predict", &["train", "cli", "xtask"]),
            ("cli", &["xtask"]),
            (
                "xtask",
                &[
                    "core", "ingest", "encode", "kernels", "models", "train", "report", "predict", "cli",
                ],
            ),
        ];
        for (from, targets) in forbidden {
            for to in *targets {
                for kind in [Kind::Normal, Kind::Build] {
                    let found = edge(from, &full(to), kind);
                    let [
                        Violation::Arrow {
                            from: source,
                            to: target,
                            ..
                        },
                    ] = found.as_slice()
                    else {
                        panic!("{from} -> {to}: {found:?}");
                    };
                    assert_eq!((source, target), (&full(from), &full(to)));
                }
            }
        }
    }

    #[test]
    fn message_of_a_wrong_arrow_names_edge_and_rule() {
        let found = edge("encode", "processive-ingest", Kind::Normal);
        assert_eq!(
            found[0].to_string(),
            "processive-encode -> processive-ingest (normal dependency): \
             of the workspace, processive-encode may use processive-core"
        );
        let found = edge("core", "processive-train", Kind::Build);
        assert_eq!(
            found[0].to_string(),
            "processive-core -> processive-train (build dependency): \
             of the workspace, processive-core may use nothing"
        );
    }

    #[test]
    fn tests_may_use_any_crate_of_the_workspace() {
        assert_eq!(edge("encode", "processive-ingest", Kind::Development), []);
    }

    #[test]
    fn outside_crates_are_free_to_their_owners() {
        let cases = [
            ("models", "burn"),
            ("train", "burn"),
            ("models", "burn-tch"),
            ("report", "polars"),
            ("ingest", "noodles"),
            ("ingest", "bio"),
            ("cli", "clap"),
            ("cli", "clap_complete"),
            ("xtask", "clap"),
            ("cli", "anyhow"),
            ("xtask", "anyhow"),
        ];
        for (from, to) in cases {
            assert_eq!(edge(from, to, Kind::Normal), [], "{from} -> {to}");
        }
    }

    #[test]
    fn outside_crates_are_forbidden_to_everyone_else() {
        let owners: &[(&str, &[&str])] = &[
            ("burn", &["models", "train"]),
            ("burn-flex", &["models", "train"]),
            ("polars", &["report"]),
            ("polars-core", &["report"]),
            ("noodles", &["ingest"]),
            ("noodles-fasta", &["ingest"]),
            ("bio", &["ingest"]),
            ("clap", &["cli", "xtask"]),
            ("clap_mangen", &["cli", "xtask"]),
            ("anyhow", &["cli", "xtask"]),
        ];
        for (to, owners) in owners {
            for from in LIBRARIES.iter().chain(&["cli", "xtask"]) {
                let found = edge(from, to, Kind::Normal);
                if owners.contains(from) {
                    assert_eq!(found, [], "{from} -> {to}");
                } else {
                    assert!(
                        matches!(found.as_slice(), [Violation::Ownership { .. }]),
                        "{from} -> {to}"
                    );
                }
            }
        }
    }

    #[test]
    fn only_bio_may_serve_as_an_oracle_in_tests() {
        assert_eq!(edge("encode", "bio", Kind::Development), []);
        for outside in ["burn", "polars", "noodles", "clap", "anyhow"] {
            assert_eq!(edge("core", outside, Kind::Development).len(), 1, "{outside}");
        }
    }

    #[test]
    fn message_of_a_wrong_owner_names_edge_and_rule() {
        let found = edge("predict", "burn", Kind::Normal);
        assert_eq!(
            found[0].to_string(),
            "processive-predict -> burn (normal dependency): burn belongs to processive-models, processive-train, processive-bench only"
        );
    }

    #[test]
    fn similar_names_are_not_of_the_family() {
        for name in ["biology", "burned", "clapper", "polarsky", "bincode"] {
            assert_eq!(edge("core", name, Kind::Normal), [], "{name}");
        }
    }

    #[test]
    fn crate_outside_the_table_is_an_error() {
        let krate = Crate {
            name: "processive-extra".to_owned(),
            dependencies: Vec::new(),
        };
        let found = check(&[krate]);
        assert_eq!(
            found[0].to_string(),
            "processive-extra is not in the layer table (LAYERS in crates/xtask/src/layers.rs)"
        );
    }

    #[test]
    fn every_broken_edge_is_listed() {
        let dependency = |name: &str| Dependency {
            name: name.to_owned(),
            kind: Kind::Normal,
        };
        let krate = |name: &str, dependencies: &[&str]| Crate {
            name: name.to_owned(),
            dependencies: dependencies.iter().map(|name| dependency(name)).collect(),
        };
        let found = check(&[
            krate("processive-core", &["serde", "polars"]),
            krate("processive-models", &["burn", "processive-train", "processive-core"]),
        ]);
        assert_eq!(found.len(), 2);
    }
}
