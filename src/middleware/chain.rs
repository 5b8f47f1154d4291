//! The middleware of a registry, in its order.

use std::sync::Arc;

use once_cell::race::OnceBox;

use super::{Limit, Metrics, Middleware, Outcome};
use crate::error::{Error, Result};

/// Middleware by weight. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Chain {
    members: Arc<[Arc<dyn Middleware>]>,
    /// Whether anybody but the built-in counts wants to know what an operation was about.
    is_watched: bool,
}

/// What every registry begins with. Made once, by whoever is first, without a lock that a fork could inherit.
static BUILT_IN: OnceBox<Chain> = OnceBox::new();

impl Default for Chain {
    fn default() -> Self {
        let built_in = || Box::new(Self { members: Arc::new([Arc::new(Metrics), Arc::new(Limit)]), is_watched: false });
        BUILT_IN.get_or_init(built_in).clone()
    }
}

impl Chain {
    /// The same, and one more.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when its name is taken.
    pub fn with(&self, middleware: Arc<dyn Middleware>) -> Result<Self> {
        let (name, weight) = (middleware.name(), middleware.weight());
        if self.members.iter().any(|member| member.name() == name) {
            return Err(Error::invalid_argument(format!("there is a middleware \"{name}\" already")));
        }
        let mut members = self.members.to_vec();
        members.insert(members.partition_point(|member| member.weight() <= weight), middleware);
        Ok(Self { members: members.into(), is_watched: true })
    }

    /// The same without the one of this name, if it is there and not one of those that every registry has.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let stays = |member: &&Arc<dyn Middleware>| {
            member.name() != name || matches!(member.name(), Metrics::NAME | Limit::NAME)
        };
        let members: Arc<[_]> = self.members.iter().filter(stays).cloned().collect();
        let is_watched = members.len() > Self::default().members.len();
        Self { members, is_watched }
    }

    /// Names and weights, in order.
    pub fn listed(&self) -> impl Iterator<Item = (&'static str, i32)> {
        self.members.iter().map(|member| (member.name(), member.weight()))
    }

    pub(super) fn members(&self) -> &[Arc<dyn Middleware>] {
        &self.members
    }

    pub(super) const fn is_watched(&self) -> bool {
        self.is_watched
    }

    pub(super) fn begun(&self, operation: &super::Operation) {
        // The built-in ones have nothing to do then.
        if self.is_watched {
            self.members.iter().for_each(|member| member.begun(operation));
        }
    }

    pub(super) fn ended(&self, operation: &super::Operation, outcome: Outcome<'_>) {
        self.members.iter().rev().for_each(|member| member.ended(operation, outcome));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Named(&'static str, i32);

    impl Middleware for Named {
        fn name(&self) -> &'static str {
            self.0
        }

        fn weight(&self) -> i32 {
            self.1
        }
    }

    #[test]
    fn members_stand_by_weight_and_then_in_the_order_of_coming() {
        let chain = Chain::default();
        let chain = chain.with(Arc::new(Named("b", 100))).unwrap().with(Arc::new(Named("a", -1))).unwrap();
        let chain = chain.with(Arc::new(Named("c", 100))).unwrap();
        assert_eq!(chain.listed().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "metrics", "b", "c", "limit"]);
        assert!(chain.with(Arc::new(Named("limit", 1))).is_err());
        let chain = chain.without("a").without("b").without("c");
        assert!(!chain.is_watched());
        assert_eq!(chain.without("limit").listed().count(), 2, "the limit stays");
    }
}
