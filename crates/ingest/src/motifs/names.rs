//! Accessions that occur more than once.

use std::collections::HashSet;

use processive_core::Motif;

/// Gives every motif an accession of its own, and returns the new ones: the second `X` is called `X#2`.
pub(super) fn tell_apart(motifs: &mut [Motif]) -> Vec<String> {
    let mut taken: HashSet<String> = motifs.iter().map(|motif| motif.id().to_owned()).collect();
    let mut seen = HashSet::new();
    let mut renamed = Vec::new();
    for motif in motifs {
        if seen.insert(motif.id().to_owned()) {
            continue;
        }
        let candidates = (2u64..).map(|number| format!("{}#{number}", motif.id()));
        let mut unused = candidates.filter(|id| !taken.contains(id));
        let id = unused.next().expect("there are more numbers than motifs");
        taken.insert(id.clone());
        renamed.push(id.clone());
        *motif = motif.clone().with_id(id);
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_of_a_name_is_numbered_past_the_names_that_are_taken() {
        let motif = |id: &&str| Motif::new(*id, "", vec![[0.25; 4]]).unwrap();
        let mut motifs: Vec<Motif> = ["a", "b", "a", "a#2", "a", "b"].iter().map(motif).collect();
        assert_eq!(tell_apart(&mut motifs), ["a#3", "a#4", "b#2"]);
        let ids: Vec<&str> = motifs.iter().map(Motif::id).collect();
        assert_eq!(ids, ["a", "b", "a#3", "a#2", "a#4", "b#2"]);
        assert_eq!(tell_apart(&mut motifs), [""; 0]);
    }
}
