//! Goes over an XML file event by event with quick-xml and keeps nothing: the least that any parser built on it takes.
//! Once for every line that it reads; prints the seconds. `events FILE`

use std::error::Error;
use std::hint::black_box;
use std::io::BufRead as _;

use quick_xml::Reader;
use quick_xml::events::Event;

#[path = "../../../app/scene/examples/shared/processor.rs"]
mod processor;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("usage: events FILE")?;
    let bytes = std::fs::read(file)?;
    let clock = processor::Clock::start();
    println!("ready");
    for line in std::io::stdin().lock().lines() {
        line?;
        let before = clock.seconds();
        let mut reader = Reader::from_reader(&bytes[..]);
        let mut starts = 0_u32;
        loop {
            match reader.read_event()? {
                Event::Eof => break,
                Event::Start(_) => starts += 1,
                _ => {}
            }
        }
        black_box(starts);
        println!("{}", clock.seconds() - before);
    }
    Ok(())
}
