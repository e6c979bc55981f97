//! The whole engine against a small reference model: random operations, clocks that jump, right, wrong, replayed and distant
//! codes; compared are outcomes, whether something is written, and everything `status` shows.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking, and says where"
)]

#[path = "../common/mod.rs"]
mod common;
mod lifecycle;
mod parts;
mod reference;
mod walk;

use proptest::prelude::*;
use walk::{Op, Try, Walk};

fn any_try() -> impl Strategy<Value = Try> {
    prop_oneof![
        4 => (0_usize..3, -3_i64..=3).prop_map(|(phone, step)| Try::Single { phone, step }),
        4 => Just(Try::Wrong),
        2 => (0_usize..3, -21_i64..=21).prop_map(|(phone, newest)| Try::Three { phone, newest }),
        1 => Just(Try::WrongThree),
        1 => (0_usize..12).prop_map(Try::Backup),
    ]
}

fn any_wait() -> impl Strategy<Value = i64> {
    let near = [0, 1, 15, 29, 30, 31, 60, 90, 120, 299, 300, 600].map(Just);
    let far = [-30, -60, -61, -600, 86_400, 7 * 86_400, 21 * 86_400, 91 * 86_400, 315_360_000, -315_360_000].map(Just);
    prop_oneof![4 => prop::strategy::Union::new(near), 1 => prop::strategy::Union::new(far)]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => any_wait().prop_map(Op::Wait),
        6 => (any::<u8>(), any::<bool>()).prop_map(|(browser, at)| Op::Challenge(at.then_some(browser))),
        16 => (0_usize..4, any_try(), any::<bool>()).prop_map(|(back, what, trust)| Op::Verify { back, what, trust }),
        2 => any::<u8>().prop_map(Op::Enroll),
        1 => (0_usize..2).prop_map(Op::Import),
        1 => (any::<u8>(), 0_usize..4).prop_map(|(proof, index)| Op::Remove { proof, index }),
        1 => any::<u8>().prop_map(Op::Regenerate),
        1 => any::<u8>().prop_map(Op::Disable),
        1 => any::<u8>().prop_map(Op::Revoke),
        1 => prop_oneof![
            Just(Op::CodesSaved), Just(Op::Reset), Just(Op::Unlock), Just(Op::PasswordChanged), Just(Op::RevokeAll)
        ],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(400), // PROPTEST_CASES=20000 for a longer search
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_engine_does_what_the_model_does(ops in prop::collection::vec(any_op(), 1..120)) {
        let mut walk = Walk::new();
        walk.act(&Op::Enroll(0));
        for op in &ops {
            walk.act(op);
        }
    }
}
