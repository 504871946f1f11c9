//! The heights of cards in their columns: each as near to its neighbours as order and room allow.

/// Something of a height that stands in a column, and where it would like to be.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Wish {
    /// Its height with the gap below it.
    pub(crate) height: f64,
    /// The top that it would like.
    pub(crate) top: f64,
    /// How much it would like that, above 0.
    pub(crate) weight: f64,
}

/// The tops that keep the order, let nothing overlap, and have the least sum of weighted squares of distances to what
/// was wished. Linear: neighbours that would overlap are pooled into one block, as in isotonic regression.
pub(crate) fn tops(wishes: &[Wish]) -> Vec<f64> {
    struct Block {
        weight: f64,
        sum: f64,
        len: usize,
    }
    let mut blocks: Vec<Block> = Vec::new();
    let mut offset = 0.0;
    for wish in wishes {
        // Without the heights of all above it, 'does not overlap' is 'does not decrease'.
        let mut block = Block { weight: wish.weight, sum: wish.weight * (wish.top - offset), len: 1 };
        while let Some(above) = blocks.last() {
            if above.sum / above.weight <= block.sum / block.weight {
                break;
            }
            block.weight += above.weight;
            block.sum += above.sum;
            block.len += above.len;
            blocks.pop();
        }
        blocks.push(block);
        offset += wish.height;
    }
    let mut tops = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for block in blocks {
        for _ in 0..block.len {
            tops.push(block.sum / block.weight + offset);
            offset += wishes[tops.len() - 1].height;
        }
    }
    tops
}

/// The same tops on multiples of `grid`, still without overlap where heights are multiples too.
pub(crate) fn on_grid(tops: &mut [f64], wishes: &[Wish], grid: f64) {
    let mut free = f64::NEG_INFINITY;
    for (top, wish) in tops.iter_mut().zip(wishes) {
        *top = ((*top / grid).round() * grid).max(free);
        free = *top + wish.height;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(height: f64, top: f64) -> Wish {
        Wish { height, top, weight: 1.0 }
    }

    #[test]
    fn what_does_not_overlap_stands_where_it_wants() {
        assert_eq!(tops(&[wish(10.0, 0.0), wish(10.0, 30.0), wish(10.0, 40.0)]), [0.0, 30.0, 40.0]);
    }

    #[test]
    fn what_wants_one_place_shares_it_around_the_middle() {
        assert_eq!(tops(&[wish(10.0, 50.0), wish(10.0, 50.0), wish(10.0, 50.0)]), [40.0, 50.0, 60.0]);
        let heavy = Wish { weight: 3.0, ..wish(10.0, 50.0) };
        assert_eq!(tops(&[heavy, wish(10.0, 50.0)]), [47.5, 57.5]);
    }

    #[test]
    fn order_is_kept_against_every_wish() {
        let wishes: Vec<Wish> = (0..40).map(|n| wish(8.0 + f64::from(n % 5) * 4.0, f64::from(-n * 17 % 90))).collect();
        let mut placed = tops(&wishes);
        for exact in [true, false] {
            if !exact {
                on_grid(&mut placed, &wishes, 4.0);
                assert!(placed.iter().all(|top| top % 4.0 == 0.0));
            }
            for (at, pair) in placed.windows(2).enumerate() {
                assert!(pair[1] - pair[0] >= wishes[at].height - 1e-9, "{at}: {pair:?}");
            }
        }
    }
}
