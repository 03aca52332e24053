//! The records of an mmCIF file that tell a chain's sequence, its resolved residues and their states.

use std::{collections::HashMap, path::Path};

use processive_core::State8;

use crate::{
    IngestError, Place, StructureError,
    cif::{Row, Wanted, read_rows},
};

const WANTED: &[Wanted] = &[
    Wanted {
        category: "entry",
        items: &["id"],
    },
    Wanted {
        category: "software",
        items: &["name"],
    },
    Wanted {
        category: "entity_poly",
        items: &["entity_id", "type", "pdbx_seq_one_letter_code_can"],
    },
    Wanted {
        category: "pdbx_poly_seq_scheme",
        items: &["asym_id", "entity_id", "seq_id", "mon_id", "pdb_strand_id"],
    },
    Wanted {
        category: "entity_poly_seq",
        items: &["entity_id", "num", "mon_id"],
    },
    Wanted {
        category: "struct_asym",
        items: &["id", "entity_id"],
    },
    Wanted {
        category: "atom_site",
        items: &[
            "label_asym_id",
            "label_seq_id",
            "label_atom_id",
            "pdbx_pdb_model_num",
            "auth_asym_id",
        ],
    },
    Wanted {
        category: "dssp_struct_summary",
        items: &["label_asym_id", "label_seq_id", "secondary_structure"],
    },
    Wanted {
        category: "struct_conf_type",
        items: &["criteria"],
    },
    Wanted {
        category: "struct_conf",
        items: &[
            "conf_type_id",
            "beg_label_asym_id",
            "beg_label_seq_id",
            "end_label_asym_id",
            "end_label_seq_id",
        ],
    },
];

/// The atoms that DSSP needs of every residue.
const BACKBONE: [&str; 4] = ["N", "CA", "C", "O"];

/// What the wanted records say.
#[derive(Default)]
pub(super) struct Records {
    pub(super) entry: Option<String>,
    /// Whether mkdssp has written states.
    pub(super) annotated: bool,
    /// The states of residues by chain and number.
    pub(super) summary: HashMap<String, HashMap<u32, State8>>,
    pub(super) conformations: Vec<Conformation>,
    /// Type and canonical sequence of polymers by entity.
    polymers: HashMap<String, (String, Vec<u8>)>,
    scheme: Vec<Monomer>,
    /// The residues of entities.
    entities: Vec<Monomer>,
    /// Chains with their entities.
    asyms: Vec<(String, String)>,
    /// The author's names of chains.
    author_names: HashMap<String, String>,
    model: Option<String>,
    /// A bit for each backbone atom that there is, by chain and residue.
    backbone: HashMap<String, HashMap<u32, u8>>,
}

/// A residue of a chain's sequence.
#[derive(Clone)]
pub(super) struct Monomer {
    pub(super) asym: String,
    pub(super) entity: String,
    pub(super) number: u32,
    pub(super) name: String,
}

/// A stretch of residues with one state; both ends are chain and residue and belong to it.
pub(super) struct Conformation {
    pub(super) state: State8,
    pub(super) begin: (String, u32),
    pub(super) end: (String, u32),
}

impl Records {
    pub(super) fn read(path: &Path) -> Result<Self, IngestError> {
        let mut records = Self::default();
        let mut first_error = None;
        let name = read_rows(path, WANTED, |row| {
            if first_error.is_none() {
                first_error = records.take(row, path).err();
            }
        })?;
        if let Some(error) = first_error {
            return Err(error);
        }
        if records.entry.is_none() && !name.is_empty() {
            records.entry = Some(name);
        }
        Ok(records)
    }

    fn take(&mut self, row: &Row, path: &Path) -> Result<(), IngestError> {
        let text = |item: usize| row.get(item).unwrap_or_default().to_owned();
        let number = |item: usize| number(row, item, path);
        match row.category {
            "entry" => self.entry = row.get(0).map(str::to_owned),
            "software" => self.annotated |= row.get(0).is_some_and(|name| name.eq_ignore_ascii_case("dssp")),
            "struct_conf_type" => self.annotated |= row.get(0).is_some_and(|name| name.eq_ignore_ascii_case("dssp")),
            "entity_poly" => {
                let canonical = text(2).bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                self.polymers.insert(text(0), (text(1), canonical));
            }
            "pdbx_poly_seq_scheme" => {
                self.author_names.entry(text(0)).or_insert_with(|| text(4));
                self.scheme.push(Monomer {
                    asym: text(0),
                    entity: text(1),
                    number: number(2)?,
                    name: text(3),
                });
            }
            "entity_poly_seq" => self.entities.push(Monomer {
                asym: String::new(),
                entity: text(0),
                number: number(1)?,
                name: text(2),
            }),
            "struct_asym" => self.asyms.push((text(0), text(1))),
            "atom_site" => self.take_atom(row, path)?,
            "dssp_struct_summary" => {
                self.annotated = true;
                let state = row.get(2).unwrap_or("-");
                let state = state_of_letter(state)
                    .ok_or_else(|| invalid(row, path, "a state is one of H B E G I T S P and '.'", state))?;
                self.summary.entry(text(0)).or_default().insert(number(1)?, state);
            }
            "struct_conf" => {
                // Records of depositors, in a file that mkdssp has not seen, may lack numbers.
                if let (Ok(begin), Ok(end)) = (number(2), number(4)) {
                    self.conformations.push(Conformation {
                        state: state_of_type(row.get(0).unwrap_or_default()),
                        begin: (text(1), begin),
                        end: (text(3), end),
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn take_atom(&mut self, row: &Row, path: &Path) -> Result<(), IngestError> {
        let (Some(asym), Some(atom)) = (row.get(0), row.get(2)) else {
            return Ok(());
        };
        // Waters and ligands have no number in a sequence.
        if row.get(1).is_none() {
            return Ok(());
        }
        let model = row.get(3).unwrap_or_default();
        if self.model.get_or_insert_with(|| model.to_owned()) != model {
            return Ok(());
        }
        if !self.backbone.contains_key(asym) {
            let author_name = row.get(4).unwrap_or(asym).to_owned();
            self.author_names.entry(asym.to_owned()).or_insert(author_name);
            self.backbone.insert(asym.to_owned(), HashMap::new());
        }
        if let (Some(bit), Some(residues)) = (
            BACKBONE.iter().position(|name| *name == atom),
            self.backbone.get_mut(asym),
        ) {
            *residues.entry(number(row, 1, path)?).or_default() |= 1 << bit;
        }
        Ok(())
    }

    /// The residues of all chains in the order of the file.
    pub(super) fn monomers(&self) -> Vec<Monomer> {
        if !self.scheme.is_empty() {
            return self.scheme.clone();
        }
        let of_asym = |(asym, entity): &(String, String)| -> Vec<Monomer> {
            let same = self.entities.iter().filter(|monomer| monomer.entity == *entity);
            let with_asym = same.cloned().map(|monomer| Monomer {
                asym: asym.clone(),
                ..monomer
            });
            with_asym.collect()
        };
        self.asyms.iter().flat_map(of_asym).collect()
    }

    /// The author's name of a chain.
    pub(super) fn author_name(&self, asym: &str) -> String {
        let name = self.author_names.get(asym).filter(|name| !name.is_empty());
        name.map_or(asym, String::as_str).to_owned()
    }

    /// Whether an entity is a protein; `None` when the file does not say.
    pub(super) fn is_protein(&self, entity: &str) -> Option<bool> {
        let (kind, _) = self.polymers.get(entity)?;
        (!kind.is_empty()).then(|| kind.to_ascii_lowercase().contains("polypeptide"))
    }

    /// The canonical sequence of an entity.
    pub(super) fn canonical(&self, entity: &str) -> Option<&[u8]> {
        self.polymers.get(entity).map(|(_, canonical)| canonical.as_slice())
    }

    /// Whether all backbone atoms of a residue have coordinates.
    pub(super) fn has_backbone(&self, asym: &str, number: u32) -> bool {
        let whole = (1 << BACKBONE.len()) - 1;
        let found = self.backbone.get(asym).and_then(|residues| residues.get(&number));
        found.is_some_and(|bits| *bits == whole)
    }
}

fn state_of_letter(text: &str) -> Option<State8> {
    match text.as_bytes() {
        [letter] => State8::from_letter(*letter),
        _ => None,
    }
}

/// The state of a type of `_struct_conf`; a strand may be a bridge.
fn state_of_type(name: &str) -> State8 {
    match name {
        "HELX_RH_3T_P" => State8::G,
        "HELX_RH_PI_P" => State8::I,
        "HELX_RH_AL_P" | "HELX_P" => State8::H,
        "STRN" => State8::E,
        "BEND" => State8::S,
        _ if name.starts_with("TURN") => State8::T,
        _ => State8::C,
    }
}

fn number(row: &Row, item: usize, path: &Path) -> Result<u32, IngestError> {
    let text = row.get(item).unwrap_or("?");
    text.parse()
        .map_err(|_| invalid(row, path, "the number of a residue is a whole number", text))
}

fn invalid(row: &Row, path: &Path, problem: &'static str, found: &str) -> IngestError {
    StructureError::InvalidCif {
        place: Place::new(path, row.line),
        problem,
        found: found.to_owned(),
    }
    .into()
}
