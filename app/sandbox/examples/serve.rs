//! Serves a scenario on a loopback port: `serve [SCENARIO] [ADDRESS]`.

use std::{env, error::Error, net::SocketAddr};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let spec = arguments.next().unwrap_or_default();
    let listen: SocketAddr = arguments.next().as_deref().unwrap_or("127.0.0.1:4600").parse()?;
    let sandbox = emberline_sandbox::Sandbox::open(&spec)?;
    for profile in sandbox.profiles() {
        println!("{} {} {}", profile.name, profile.access_key_id, profile.secret_access_key);
    }
    emberline_sandbox::serve(sandbox, listen, |address| println!("listening on http://{address}")).await?;
    Ok(())
}
