//! What the tests of the storages share: real servers, the laws of a storage, races of tasks and of processes, faults.
//!
//! A storage's test file says `twinlock_storage_testing::laws!(open, place)`.

mod faults;
mod laws;
mod papers;
mod peer;
mod process;
mod race;
mod servers;

pub use faults::{killed, paused};
pub use laws::{
    event, events_come_newest_first_and_page_by_page, lost_race_writes_no_events, old_events_are_purged, one_winner,
    record, stale_records_come_in_order, stats_count_users_and_events,
};
pub use papers::{Papers, openssl, readable, readable_folder};
pub use peer::{Language, shared_with};
pub use process::{TestProcess, say};
pub use race::{assert_one_winner, contestant, is_contestant, race_processes, race_tasks};
pub use servers::{Facts, Node, Server};

/// Tests of everything that the kit cannot know without a runtime. `$open` is an `async fn(&str) -> Storage` that gives another
/// storage on the data of that name; `$place` is a `fn() -> Vec<(&str, String)>` with variables for the environment of processes
/// that race: what `$open` needs to come to the same data there.
#[macro_export]
macro_rules! laws {
    ($open:path, $place:path) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn the_storage_kit_passes() {
            let storage = std::sync::Arc::new($open("kit").await);
            twinlock::testing::storage_kit_async(|| storage.clone()).await.unwrap();
            let other = std::sync::Arc::new($open("kit").await);
            assert!(twinlock::AsyncStorage::load(&other, "kit-create").await.unwrap().is_some());
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn of_parallel_saves_one_wins() {
            let mut storages = Vec::new();
            for _ in 0..8 {
                storages.push($open("winner").await);
            }
            $crate::one_winner(storages).await;
        }

        #[tokio::test]
        async fn a_lost_race_writes_no_events() {
            $crate::lost_race_writes_no_events(&$open("lost").await).await;
        }

        #[tokio::test]
        async fn events_come_newest_first_and_page_by_page() {
            $crate::events_come_newest_first_and_page_by_page(&$open("pages").await).await;
        }

        #[tokio::test]
        async fn stats_count_users_and_events_of_thirty_days() {
            $crate::stats_count_users_and_events(&$open("stats").await).await;
        }

        #[tokio::test]
        async fn stale_records_come_in_the_order_of_their_users() {
            $crate::stale_records_come_in_order(&$open("stale").await).await;
        }

        #[tokio::test]
        async fn old_events_are_purged_and_no_others() {
            $crate::old_events_are_purged(&$open("purge").await).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn of_sixteen_tasks_with_one_storage_one_gets_in() {
            let storage = std::sync::Arc::new($open("shared").await);
            $crate::race_tasks(vec![storage; 16], 20).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn of_eight_tasks_with_eight_storages_one_gets_in() {
            let mut storages = Vec::new();
            for _ in 0..8 {
                storages.push($open("apart").await);
            }
            $crate::race_tasks(storages, 20).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        async fn of_four_processes_one_gets_in() {
            let storage = $open("processes").await;
            $crate::race_processes(storage, 4, 25, &$place()).await;
        }

        #[tokio::test(flavor = "multi_thread")]
        #[ignore = "the other half of the race between processes"]
        async fn contestant() {
            if $crate::is_contestant() {
                $crate::contestant($open("processes").await).await;
            }
        }
    };
}
