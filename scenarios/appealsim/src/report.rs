use std::path::PathBuf;

use analysis::report::{Results, page};
use clap::Args;

use crate::failure::Failure;

#[derive(Args)]
pub struct ReportArgs {
    /// The folder of a result.
    folder: PathBuf,
    /// The point of a sweep to show in detail.
    #[arg(long, value_name = "N", default_value_t = 0)]
    point: usize,
    /// The page to write, an .html file [default: report.html in the folder].
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub fn report(args: &ReportArgs) -> Result<String, Failure> {
    let results = Results::read(&args.folder, args.point).map_err(|e| Failure::Failed(e.to_string()))?;
    let out = args.out.clone().unwrap_or_else(|| args.folder.join("report.html"));
    if !out.extension().is_some_and(|ending| ending == "html" || ending == "htm") {
        return Err(Failure::Failed(format!("{}: the name must end in .html", out.display())));
    }
    crate::output::write(&out, page(&results).as_bytes())?;
    Ok(format!("{}\n", out.display()))
}
