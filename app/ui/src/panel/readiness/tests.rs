use super::*;

#[test]
fn a_scale_holds_the_longest_with_few_marks_at_round_times() {
    for (longest_s, step_s, marks) in
        [(0, 10, 2), (59, 10, 7), (400, 120, 4), (2_700, 600, 5), (4_700, 900, 6), (90_000, 28_800, 4)]
    {
        let scale = Scale::of(longest_s);
        assert_eq!((scale.step_s, scale.marks().count()), (step_s, marks), "{longest_s}");
        assert!(scale.end_s >= longest_s);
    }
    let scale = Scale::of(u32::MAX);
    assert!(scale.end_s == u32::MAX && scale.marks().count() <= 8);
}
