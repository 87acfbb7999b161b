//! Owns what is known of every series besides its cells: name, policy, column, and the indexes that find it.
//!
//! Invariant: registry, index and columns agree; the caller holds one lock over all of them. Columns are handed out
//! in the order in which series are met and never move while the process lives.

mod policy_facts;

use std::sync::Arc;

pub(crate) use policy_facts::{DAY_SECS, EraFacts, PolicyFacts};

use crate::Error;
use crate::class::{ClassId, Classes};
use crate::hot::COLUMNS_MAX;
use crate::index::Index;
use crate::policy::Policy;
use crate::prefetch::prefetch;
use crate::registry::Registry;

/// Where a series' points go; small, so that a batch can carry it for every point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) class: ClassId,
    pub(crate) policy: u16,
    pub(crate) column: u32,
    /// Sorts series by their last node first, so that what is queried together lies together.
    pub(crate) leaf: u32,
}

impl Place {
    /// Stands for a place that is still to be looked up.
    pub(crate) const UNKNOWN: Self =
        Self { class: ClassId::MAX, policy: u16::MAX, column: u32::MAX, leaf: 0 };
}

/// A series as a reader sees it: a copy, free of the catalog's lock.
#[derive(Clone)]
pub(crate) struct SeriesSnapshot {
    pub(crate) id: u32,
    pub(crate) name: Arc<str>,
    pub(crate) place: Place,
    pub(crate) policy: Arc<PolicyFacts>,
    /// Earlier policies, oldest first.
    pub(crate) eras: Arc<[EraFacts]>,
}

/// All series.
pub(crate) struct Catalog {
    pub(crate) registry: Registry,
    pub(crate) index: Index,
    classes: Classes,
    places: Vec<Option<Place>>,
    columns: Vec<Vec<u32>>,
    policies: Vec<Arc<PolicyFacts>>,
    /// Series that were put under another policy, each once; some are deleted by now.
    changed: Vec<u32>,
    no_eras: Arc<[EraFacts]>,
}

impl Catalog {
    pub(crate) fn new(registry: Registry, index: Index) -> Result<Self, Error> {
        let mut catalog = Self {
            registry,
            index,
            classes: Classes::default(),
            places: Vec::new(),
            columns: Vec::new(),
            policies: Vec::new(),
            changed: Vec::new(),
            no_eras: Arc::new([]),
        };
        catalog.refresh_policies()?;
        let known: Vec<(u32, u16)> =
            catalog.registry.ids().filter_map(|id| Some((id, catalog.registry.series(id)?.policy))).collect();
        for (id, policy) in known {
            catalog.assign(id, policy)?;
            if catalog.registry.series(id).is_some_and(|series| !series.eras.is_empty()) {
                catalog.changed.push(id);
            }
        }
        Ok(catalog)
    }

    /// Makes facts for policies the registry has learned since.
    fn refresh_policies(&mut self) -> Result<(), Error> {
        while let Ok(number) = u16::try_from(self.policies.len())
            && let Some(policy) = self.registry.policy(number)
        {
            self.policies.push(Arc::new(PolicyFacts::new(policy, &mut self.classes)?));
        }
        Ok(())
    }

    /// An error if the class of `policy`'s finest archive has no room for so many further series.
    pub(crate) fn check_room(&self, policy: u16, series: usize) -> Result<(), Error> {
        let class = self.policies[usize::from(policy)].levels[0].class;
        if self.columns(class).len().saturating_add(series) > COLUMNS_MAX {
            return Err(Error::OverLimit(format!("one step holds at most {COLUMNS_MAX} series")));
        }
        Ok(())
    }

    /// Gives series `id` a column in the class of `policy`'s finest archive.
    fn assign(&mut self, id: u32, policy: u16) -> Result<Place, Error> {
        let class = self.policies[usize::from(policy)].levels[0].class;
        if self.columns.len() <= usize::from(class) {
            self.columns.resize_with(usize::from(class) + 1, Vec::new);
        }
        let columns = &mut self.columns[usize::from(class)];
        if columns.len() >= COLUMNS_MAX {
            return Err(Error::OverLimit(format!("one step holds at most {COLUMNS_MAX} series")));
        }
        let column = columns.len() as u32;
        columns.push(id);
        let leaf = self.registry.series(id).map_or(0, |series| leaf_key(series.name));
        let place = Place { class, policy, column, leaf };
        let index = id as usize;
        if self.places.len() <= index {
            self.places.resize(index + 1, None);
        }
        self.places[index] = Some(place);
        Ok(place)
    }

    /// Where the points of `id` go; `None` once it is deleted.
    pub(crate) fn place(&self, id: u32) -> Option<Place> {
        self.places.get(id as usize).copied().flatten()
    }

    /// Hints that the place of `id` will be asked for soon.
    #[inline]
    pub(crate) fn expect_place(&self, id: u32) {
        self.places.get(id as usize).into_iter().for_each(prefetch);
    }

    /// The facts of policy `number`, which came from a `Place`.
    pub(crate) fn policy(&self, number: u16) -> &Arc<PolicyFacts> {
        &self.policies[usize::from(number)]
    }

    /// Every policy ever used.
    pub(crate) fn policies(&self) -> &[Arc<PolicyFacts>] {
        &self.policies
    }

    pub(crate) fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The series that own the columns of `class`, by column; a series that moved on still stands here.
    pub(crate) fn columns(&self, class: ClassId) -> &[u32] {
        self.columns.get(usize::from(class)).map_or(&[], Vec::as_slice)
    }

    /// Creates `name`, to be kept by `policy`.
    pub(crate) fn create(&mut self, name: &str, policy: &Policy) -> Result<(u32, Place), Error> {
        let policy = self.intern_policy(policy)?;
        self.check_room(policy, 1)?;
        let id = self.registry.create(name, policy)?;
        self.index.insert(id, name);
        Ok((id, self.assign(id, policy)?))
    }

    /// The number of `policy`.
    pub(crate) fn intern_policy(&mut self, policy: &Policy) -> Result<u16, Error> {
        self.classes.check_room(policy.archives())?;
        let number = self.registry.intern_policy(policy)?;
        self.refresh_policies()?;
        Ok(number)
    }

    /// Forgets `id`; its cells are dropped by later merges.
    pub(crate) fn delete(&mut self, id: u32) -> Result<(), Error> {
        let Some(series) = self.registry.series(id) else { return Ok(()) };
        let name = series.name.to_owned();
        self.registry.delete(id)?;
        self.index.remove(id, &name);
        self.places[id as usize] = None;
        Ok(())
    }

    /// Gives `id` another name.
    pub(crate) fn rename(&mut self, id: u32, to: &str) -> Result<(), Error> {
        let Some(series) = self.registry.series(id) else { return Ok(()) };
        let from = series.name.to_owned();
        self.registry.rename(id, to)?;
        self.index.remove(id, &from);
        self.index.insert(id, to);
        if let Some(Some(place)) = self.places.get_mut(id as usize) {
            place.leaf = leaf_key(to);
        }
        Ok(())
    }

    /// Puts `id` under policy `number` from `now` on.
    pub(crate) fn change_policy(&mut self, id: u32, number: u16, now: i64) -> Result<(), Error> {
        let class = self.policies[usize::from(number)].levels[0].class;
        let stays = self.place(id).filter(|place| place.class == class);
        if stays.is_none() {
            self.check_room(number, 1)?;
        }
        let is_first_change = self.registry.series(id).is_some_and(|series| series.eras.is_empty());
        self.registry.change_policy(id, number, now)?;
        if is_first_change {
            self.changed.push(id);
        }
        match stays {
            Some(place) => self.places[id as usize] = Some(Place { policy: number, ..place }),
            None => _ = self.assign(id, number)?,
        }
        Ok(())
    }

    /// `facts` of every series that had other policies before; few have, so that this costs little.
    pub(crate) fn changed_facts(&self) -> impl Iterator<Item = SeriesSnapshot> {
        self.changed.iter().filter_map(|id| self.facts(*id)).filter(|facts| !facts.eras.is_empty())
    }

    /// What a reader needs to know of `id`.
    pub(crate) fn facts(&self, id: u32) -> Option<SeriesSnapshot> {
        let place = self.place(id)?;
        let series = self.registry.series(id)?;
        let eras = if series.eras.is_empty() {
            self.no_eras.clone()
        } else {
            let era =
                |era: &crate::registry::Era| (self.policies[usize::from(era.policy)].clone(), era.until);
            EraFacts::all(&series.eras.iter().map(era).collect::<Vec<_>>())
        };
        let policy = self.policy(place.policy).clone();
        Some(SeriesSnapshot { id, name: Arc::from(series.name), place, policy, eras })
    }
}

/// A hash of the last node of a name's path, tags left out.
fn leaf_key(name: &str) -> u32 {
    let path = name.split(';').next().unwrap_or(name);
    crc32fast::hash(path.rsplit('.').next().unwrap_or(path).as_bytes())
}
