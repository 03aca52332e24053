//! Groups of kin, and splits that keep them whole.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// Groups chains by single linkage: two chains are in one group when a path of kin joins them.
///
/// Returns for each chain the smallest place in its group.
pub fn clusters(chains: usize, kin: &[(usize, usize)]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..chains).collect();
    for &(a, b) in kin {
        let (a, b) = (root(&mut parents, a), root(&mut parents, b));
        // The smaller place is the root, so that the order of the pairs does not matter.
        parents[a.max(b)] = a.min(b);
    }
    (0..chains).map(|chain| root(&mut parents, chain)).collect()
}

fn root(parents: &mut [usize], mut chain: usize) -> usize {
    while parents[chain] != chain {
        parents[chain] = parents[parents[chain]];
        chain = parents[chain];
    }
    chain
}

/// Draws whole groups for validation until they hold a share of all residues; returns whether each chain is drawn.
///
/// `cluster_of` is what [`clusters`] returns, `residues` the size of every chain. Groups are drawn in an order that
/// the seed decides; one that would exceed the share is passed over, so that the share is nearly reached and never
/// exceeded.
pub fn validation_clusters(cluster_of: &[usize], residues: &[usize], share: f64, seed: u64) -> Vec<bool> {
    let mut sizes = vec![0; cluster_of.len()];
    for (&cluster, &residues) in cluster_of.iter().zip(residues) {
        sizes[cluster] += residues;
    }
    let mut order: Vec<usize> = (0..cluster_of.len())
        .filter(|&chain| cluster_of[chain] == chain)
        .collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let room = share * residues.iter().sum::<usize>() as f64;
    let mut is_drawn = vec![false; cluster_of.len()];
    let mut taken = 0;
    for cluster in order {
        if (taken + sizes[cluster]) as f64 <= room {
            taken += sizes[cluster];
            is_drawn[cluster] = true;
        }
    }
    cluster_of.iter().map(|&cluster| is_drawn[cluster]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_joined_by_paths_whatever_the_order_of_the_pairs() {
        let mut pairs = [(5, 6), (1, 3), (3, 5), (0, 4)];
        let expected = [0, 1, 2, 1, 0, 1, 1, 7];
        assert_eq!(clusters(8, &pairs), expected);
        pairs.reverse();
        assert_eq!(clusters(8, &pairs), expected);
        assert_eq!(clusters(2, &[]), [0, 1]);
    }

    #[test]
    fn whole_groups_are_drawn_up_to_the_share() {
        let cluster_of: Vec<usize> = (0..200).map(|chain| chain - chain % 4).collect();
        let residues: Vec<usize> = (0..200).map(|chain| 50 + chain % 7).collect();
        let drawn = validation_clusters(&cluster_of, &residues, 0.1, 7);
        for chain in 0..200 {
            assert_eq!(drawn[chain], drawn[cluster_of[chain]]);
        }
        let taken: usize = (0..200)
            .filter(|&chain| drawn[chain])
            .map(|chain| residues[chain])
            .sum();
        let all: usize = residues.iter().sum();
        assert!(taken * 10 <= all && taken * 10 + 10 * 4 * 56 > all, "{taken} of {all}");
        assert_eq!(drawn, validation_clusters(&cluster_of, &residues, 0.1, 7));
        assert_ne!(drawn, validation_clusters(&cluster_of, &residues, 0.1, 8));
    }

    #[test]
    fn a_group_larger_than_the_share_stays_in_training() {
        let drawn = validation_clusters(&[0, 0, 0, 3, 4], &[100, 100, 100, 10, 10], 0.05, 1);
        assert_eq!(drawn.iter().filter(|&&drawn| drawn).count(), 1);
        assert!(!drawn[0]);
    }
}
