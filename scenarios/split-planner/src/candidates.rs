//! Which cuts are worth searching.
//!
//! Auto-Split keeps a cut if what crosses is no dearer to send than the input, T_n ≤ T_0, and if the narrowest widths
//! fit into memory. The first is there because a cut that saves nothing on the link cannot pay where the server is the
//! faster of the two; but it can if the device is faster for some steps. So here a cut is kept unless it is no faster,
//! with the narrowest widths, than sending the input, which loses nothing: every cut that T_n ≤ T_0 drops is dropped
//! where the server is faster, and no cut that could be on the front.

use crate::costs::{Costs, Sent, Widths};
use crate::error::{Part, PlanError};
use crate::plan::{device, latency, link};
use crate::prefix::Prefix;
use crate::problem::Problem;

/// A cut for which no widths were searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeftOut {
    /// The cut.
    pub cut: usize,
    /// The reason.
    pub why: Why,
}

/// Why a cut is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// The narrowest widths do not fit.
    Memory {
        /// Bits that these would need.
        needs: u64,
    },
    /// Even the narrowest widths are no faster than sending the input as it is.
    NoFaster {
        /// Their latency.
        least: f64,
    },
}

/// The first steps up to each cut that is worth searching, from one step to all, and the cuts that are not.
pub(crate) fn candidates<'a>(
    problem: &'a Problem,
    costs: &impl Costs,
    memory: u64,
) -> Result<(Vec<Prefix<'a>>, Vec<LeftOut>), PlanError> {
    let cloud_only = latency(costs, &Widths::floats(0), Sent::Input)?.total();
    let (mut kept, mut left_out) = (Vec::new(), Vec::new());
    for cut in 1..=problem.end() {
        let prefix = Prefix::new(problem, cut);
        check_contract(&prefix, costs)?;
        let narrowest = prefix.narrowest();
        let needs = prefix.memory(&narrowest).total();
        let least = prefix.plan(&narrowest, costs)?.latency.total();
        let why = match () {
            () if needs > memory => Why::Memory { needs },
            () if least >= cloud_only => Why::NoFaster { least },
            () => {
                kept.push(prefix);
                continue;
            }
        };
        left_out.push(LeftOut { cut, why });
    }
    Ok((kept, left_out))
}

/// That the narrowest widths are no dearer than the widest, nor these than floats.
fn check_contract(prefix: &Prefix, costs: &impl Costs) -> Result<(), PlanError> {
    let (cut, widest) = (prefix.cut, prefix.widest());
    let ascends = |part: Part, ladder: [f64; 3]| match ladder.windows(2).find(|pair| pair[0] > pair[1]) {
        Some(pair) => Err(PlanError::CostGrows { cut, part, wide: pair[1], narrow: pair[0] }),
        None => Ok(()),
    };
    let on_device = |choice| device(costs, &prefix.bits(&choice));
    let (narrow, wide) = (on_device(prefix.narrowest())?, on_device(prefix.widest_under(widest))?);
    ascends(Part::Device, [narrow, wide, device(costs, &Widths::floats(cut))?])?;
    let (narrow, wide) = (prefix.sent(0), prefix.sent(widest));
    let floats = if let Sent::Bits(_) = wide { Sent::Floats } else { wide };
    ascends(Part::Link, [link(costs, cut, narrow)?, link(costs, cut, wide)?, link(costs, cut, floats)?])
}
