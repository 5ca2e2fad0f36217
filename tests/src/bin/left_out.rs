//! Prints `docs/reference/left-out.md`: `cargo run --release -p tests --bin left-out`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    print!("{}", tests::left_out::page()?);
    Ok(())
}
