//! What lies at a point, and what lies next to what: for the pointer and for the keyboard.

use epaint::Pos2;
use fleet::ServerIx;

use crate::card::{Card, CardIx, Place, TileField};
use crate::scene::Scene;

/// Which way to walk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Direction {
    /// Against the lineage, towards the base.
    Left,
    /// With the lineage, towards the servers.
    Right,
    /// Up the column, or the tiles.
    Up,
    /// Down the column, or the tiles.
    Down,
}

impl Scene {
    /// What lies at a point of the world; a tile before its card. Logarithmic in the cards.
    #[must_use]
    pub fn hit(&self, world: Pos2) -> Option<Place> {
        let column = self.columns.partition_point(|column| column.x.1 < world.x);
        let column = self.columns.get(column).filter(|column| column.x.0 <= world.x)?;
        let row = column.row_tops.partition_point(|&top| top <= world.y).checked_sub(1)?;
        let lanes = column.lanes as usize;
        let row = column.cards.get(row * lanes..)?;
        let card = row.iter().take(lanes).copied().find(|card| self.cards[card.at()].rect.contains(world))?;
        let server = self.cards[card.at()].tiles.and_then(|field| self.server_at(&field, world));
        Some(server.map_or(Place::Card(card), Place::Server))
    }

    /// The server whose tile, with the gap to the next one, holds a point.
    fn server_at(&self, field: &TileField, world: Pos2) -> Option<ServerIx> {
        let at = (world - field.origin) / field.pitch;
        let inside = at.x >= 0.0 && at.y >= 0.0 && at.x < field.per_row as f32;
        let number = inside.then(|| at.y as u32 * field.per_row + at.x as u32).filter(|&number| number < field.len)?;
        self.tiles.get((field.first + number) as usize).map(|tile| tile.server)
    }

    /// Where an arrow key leads from a place; `None` where there is nothing that way.
    ///
    /// Left and right follow the bundle that carries most servers, up and down go through the column. Right of a
    /// group's card is its oldest server; among tiles the arrows go from tile to tile, and out of the field back to
    /// the card or on to the next one.
    #[must_use]
    pub fn neighbour(&self, from: Place, direction: Direction) -> Option<Place> {
        match from {
            Place::Card(card) => self.beside_card(card, direction),
            Place::Server(server) => self.beside_tile(server, direction),
        }
    }

    fn beside_card(&self, ix: CardIx, direction: Direction) -> Option<Place> {
        let card = self.card(ix)?;
        match direction {
            Direction::Left => self.heaviest(&self.incoming[ix.at()]).map(|edge| Place::Card(self.edges[edge].from)),
            Direction::Right => match self.heaviest(&self.outgoing[ix.at()]) {
                Some(edge) => Some(Place::Card(self.edges[edge].to)),
                None => card.tiles.and_then(|field| self.tile_place(&field, 0)),
            },
            Direction::Up => self.along_column(card, ix, -1),
            Direction::Down => self.along_column(card, ix, 1),
        }
    }

    /// The edge of most servers; of equals the highest.
    fn heaviest(&self, edges: &[u32]) -> Option<usize> {
        let edges = edges.iter().map(|&edge| edge as usize);
        edges.rev().max_by_key(|&edge| self.edges[edge].servers)
    }

    fn along_column(&self, card: &Card, ix: CardIx, step: isize) -> Option<Place> {
        let cards = &self.columns.get(card.column)?.cards;
        let position = cards.iter().position(|&other| other == ix)?;
        cards.get(position.checked_add_signed(step)?).copied().map(Place::Card)
    }

    fn tile_place(&self, field: &TileField, number: u32) -> Option<Place> {
        let number = Some(number).filter(|&number| number < field.len)?;
        self.tiles.get((field.first + number) as usize).map(|tile| Place::Server(tile.server))
    }

    fn beside_tile(&self, server: ServerIx, direction: Direction) -> Option<Place> {
        let (ix, _) = self.tile(server)?;
        let card = self.card(ix)?;
        let field = card.tiles?;
        let number = self.tile_of[server.at()] - field.first;
        let (row, column) = (number / field.per_row, number % field.per_row);
        match direction {
            Direction::Left if column == 0 => Some(Place::Card(ix)),
            Direction::Left => self.tile_place(&field, number - 1),
            Direction::Right if column + 1 == field.per_row => None,
            Direction::Right => self.tile_place(&field, number + 1),
            Direction::Up if row == 0 => Some(Place::Card(ix)),
            Direction::Up => self.tile_place(&field, number - field.per_row),
            Direction::Down if row + 1 == field.rows() => self.along_column(card, ix, 1),
            Direction::Down => self.tile_place(&field, (number + field.per_row).min(field.len - 1)),
        }
    }
}
