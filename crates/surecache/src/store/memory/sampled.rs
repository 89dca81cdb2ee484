//! A map whose entries also have positions, so that one of them can be picked at random.

use std::collections::HashMap;
use std::hash::Hash;

/// A hash map over a vector. Positions change with every removal.
#[derive(Debug)]
pub(super) struct Sampled<K, V> {
    positions: HashMap<K, usize>,
    slots: Vec<(K, V)>,
    hand: usize,
}

impl<K: Clone + Eq + Hash, V> Sampled<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.positions.get(key).map(|&position| &self.slots[position].1)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.positions.get(key).map(|&position| &mut self.slots[position].1)
    }

    /// Sets a value; gives back the one that was there.
    pub(super) fn insert(&mut self, key: &K, value: V) -> Option<V> {
        if let Some(there) = self.get_mut(key) {
            return Some(std::mem::replace(there, value));
        }
        self.positions.insert(key.clone(), self.slots.len());
        self.slots.push((key.clone(), value));
        None
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let position = self.positions.remove(key)?;
        let (_, value) = self.slots.swap_remove(position);
        if let Some((moved, _)) = self.slots.get(position) {
            self.positions.insert(moved.clone(), position);
        }
        Some(value)
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The entry at a position below [`Sampled::len`].
    pub(super) fn at(&self, position: usize) -> &(K, V) {
        &self.slots[position]
    }

    /// Removes the dead among the next two entries of an endless round. Called once for each
    /// insertion, it keeps the dead fewer than the living.
    pub(super) fn sweep(&mut self, is_dead: impl Fn(&V) -> bool) {
        for _ in 0..2 {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            match self.slots.get(self.hand) {
                Some((key, value)) if is_dead(value) => {
                    let key = key.clone();
                    self.remove(&key);
                }
                _ => self.hand += 1,
            }
        }
    }
}

impl<K, V> Default for Sampled<K, V> {
    fn default() -> Self {
        Self { positions: HashMap::new(), slots: Vec::new(), hand: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Sampled;

    #[test]
    fn every_key_is_found_after_others_were_removed() {
        let mut map = Sampled::default();
        for key in 0..100 {
            assert_eq!(map.insert(&key, key * 2), None);
        }
        for key in (0..100).step_by(3) {
            assert_eq!(map.remove(&key), Some(key * 2));
        }
        for key in 0..100 {
            let wanted = (key % 3 != 0).then_some(key * 2);
            assert_eq!(map.get(&key).copied(), wanted);
        }
        assert!((0..map.len()).all(|position| map.at(position).0 % 3 != 0));
    }

    #[test]
    fn a_round_of_sweeps_leaves_no_dead() {
        let mut map = Sampled::default();
        for key in 0..100 {
            map.insert(&key, key % 2 == 0);
        }
        for _ in 0..100 {
            map.sweep(|is_dead| *is_dead);
        }
        assert_eq!(map.len(), 50);
        assert!((0..50).all(|position| map.at(position).0 % 2 == 1));
    }
}
