#!/bin/bash
curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y
source $HOME/.cargo/env
cargo install ripgrep --version 14.1.0
cargo build --release --manifest-path /srv/app/Cargo.toml
