//! Columns as stacks of rows, each row as many cards as the column has lanes.

use epaint::{Rect, pos2, vec2};
use fleet::Fleet;

use super::layers::Layers;
use super::place::{self, Wish};
use super::{CARD_W, GRID, GROUP_W, LANE_GAP, ROW_GAP};
use crate::card::{CardIx, CardOf, Column, ColumnKind};
use crate::class_graph::ClassGraph;

/// Where the cards of all columns stand.
pub(crate) struct Stacks {
    lanes: Vec<usize>,
    /// Tops of each column's rows.
    tops: Vec<Vec<f32>>,
    /// Left end of each column.
    lefts: Vec<f32>,
}

fn width_of(kind: ColumnKind) -> f32 {
    if kind == ColumnKind::Group { GROUP_W } else { CARD_W }
}

impl Stacks {
    /// Stacks the columns in their order.
    pub(crate) fn of(kinds: &[ColumnKind], order: &[Vec<u32>], heights: &[f32], layers: &Layers) -> Self {
        let stack = |column: &Vec<u32>| column.iter().map(|&card| heights[card as usize] + ROW_GAP).sum::<f32>();
        let limit =
            super::column_height(order.iter().zip(kinds).map(|(column, &kind)| (stack(column), width_of(kind))));
        let lanes: Vec<usize> = order.iter().map(|column| ((stack(column) / limit).ceil() as usize).max(1)).collect();
        let rows: Vec<_> = order.iter().zip(&lanes).map(|(column, &lanes)| column.chunks(lanes).collect()).collect();
        let tops = place(&rows, heights, layers);
        let mut stacks = Self { lanes, tops, lefts: Vec::new() };
        let height = stacks.tops.iter().filter_map(|tops| tops.last()).fold(0.0_f32, |high, &top| high.max(top));
        let gap = super::column_gap(height);
        let mut left = 0.0;
        for (&kind, &lanes) in kinds.iter().zip(&stacks.lanes) {
            stacks.lefts.push(left);
            let lanes = lanes as f32;
            left += lanes * width_of(kind) + (lanes - 1.0) * LANE_GAP + gap;
        }
        stacks
    }

    /// Where each card is.
    pub(crate) fn rects(&self, kinds: &[ColumnKind], order: &[Vec<u32>], heights: &[f32]) -> Vec<Rect> {
        let mut rects = vec![Rect::ZERO; heights.len()];
        for (column, cards) in order.iter().enumerate() {
            let width = width_of(kinds[column]);
            for (row, &top) in cards.chunks(self.lanes[column]).zip(&self.tops[column]) {
                for (lane, &card) in row.iter().enumerate() {
                    let left = self.lefts[column] + lane as f32 * (width + LANE_GAP);
                    rects[card as usize] = Rect::from_min_size(pos2(left, top), vec2(width, heights[card as usize]));
                }
            }
        }
        rects
    }

    /// The columns, with their headings.
    pub(crate) fn columns(&self, graph: &ClassGraph, order: &[Vec<u32>], fleet: &Fleet) -> Vec<Column> {
        let classes = &graph.classes;
        (0..order.len())
            .map(|column| {
                let kind = graph.kinds[column];
                let lanes = self.lanes[column];
                let width = lanes as f32 * (width_of(kind) + LANE_GAP) - LANE_GAP;
                let things = order[column]
                    .iter()
                    .filter(|&&card| matches!(classes.classes[card as usize].of, CardOf::Node(_)))
                    .count();
                let hint = (kind == ColumnKind::Base && classes.folded > 0).then(|| match classes.folded {
                    1 => "+1 older base".to_owned(),
                    more => format!("+{more} older bases"),
                });
                let count = if kind == ColumnKind::Group { fleet.servers.len() } else { things } as u32;
                let number = crate::labels::grouped(count);
                Column {
                    kind,
                    title: match kind {
                        ColumnKind::OlderBase(_) => "Older base",
                        ColumnKind::Base => "Base image",
                        ColumnKind::Recipe => "Recipe",
                        ColumnKind::Image => "Image",
                        ColumnKind::Template => "Template version",
                        ColumnKind::Group => "Group, its servers",
                    },
                    count,
                    tail: hint.as_ref().map_or(number.clone(), |hint| format!("{number} · {hint}")),
                    hint,
                    x: (self.lefts[column], self.lefts[column] + width),
                    cards: order[column].iter().map(|&card| CardIx(card)).collect(),
                    lanes: lanes as u32,
                    row_tops: self.tops[column].clone(),
                }
            })
            .collect()
    }
}

/// The tops of all rows: the highest column stands closely packed, and the others spread out from it, each row
/// near the mean of its neighbours; then all have their say, a few times over.
fn place(rows: &[Vec<&[u32]>], heights: &[f32], layers: &Layers) -> Vec<Vec<f32>> {
    const ROUNDS: usize = 3;
    let row_heights: Vec<Vec<f64>> = (0..rows.len())
        .map(|column| {
            let tallest = |row: &&[u32]| row.iter().map(|&card| heights[card as usize]).fold(0.0, f32::max);
            rows[column].iter().map(|row| f64::from(tallest(row) + ROW_GAP)).collect()
        })
        .collect();
    let mut top_of = vec![0.0_f64; heights.len()];
    let mut all_tops: Vec<Vec<f64>> = row_heights
        .iter()
        .map(|heights| heights.iter().scan(0.0, |sum, height| Some(std::mem::replace(sum, *sum + height))).collect())
        .collect();
    let note = |column: usize, tops: &[f64], top_of: &mut [f64]| {
        for (row, &top) in rows[column].iter().zip(tops) {
            for &card in *row {
                top_of[card as usize] = top;
            }
        }
    };
    for (column, tops) in all_tops.iter().enumerate() {
        note(column, tops, &mut top_of);
    }
    let total = |column: &usize| row_heights[*column].iter().sum::<f64>();
    let anchor = (0..rows.len()).max_by(|a, b| total(a).total_cmp(&total(b))).unwrap_or(0);
    let mut settle = |column: usize, sides: [bool; 2], last: bool| {
        let wishes: Vec<Wish> = rows[column]
            .iter()
            .zip(&row_heights[column])
            .zip(&all_tops[column])
            .map(|((row, &height), &now)| {
                let (mut sum, mut count) = (0.0, 0_u32);
                for &card in *row {
                    let lists = [layers.left.of_node(card), layers.right.of_node(card)];
                    for &other in lists.into_iter().zip(sides).filter(|(_, on)| *on).flat_map(|(list, _)| list) {
                        sum += top_of[other as usize];
                        count += 1;
                    }
                }
                match count {
                    // What nothing pulls at gives way to all that something does.
                    0 => Wish { height, top: now, weight: 1e-3 },
                    count => Wish { height, top: sum / f64::from(count), weight: f64::from(count) },
                }
            })
            .collect();
        let mut tops = place::tops(&wishes);
        if last {
            place::on_grid(&mut tops, &wishes, f64::from(GRID));
        }
        note(column, &tops, &mut top_of);
        all_tops[column] = tops;
    };
    let columns = rows.len();
    for column in (0..anchor).rev() {
        settle(column, [false, true], false);
    }
    for column in anchor + 1..columns {
        settle(column, [true, false], false);
    }
    for _ in 0..ROUNDS {
        for column in 0..columns {
            settle(column, [true, true], false);
        }
        for column in (0..columns).rev() {
            settle(column, [true, true], false);
        }
    }
    // At last each card levels with what it leads to, so that a way to one group is one straight line.
    for column in (0..columns).rev() {
        settle(column, [column + 1 == columns, column + 1 < columns], true);
    }
    let highest = all_tops.iter().filter_map(|tops| tops.first()).fold(f64::INFINITY, |high, &top| high.min(top));
    all_tops.into_iter().map(|tops| tops.into_iter().map(|top| (top - highest) as f32).collect()).collect()
}
