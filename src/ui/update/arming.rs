//! Arming: where the configuration says so, the screen starts able to look
//! only. The desk holds to it; here it is said and asked for.

use chrono::TimeDelta;

use super::{Effect, ToastKind, info, refuse, toast};
use crate::{
    command::Command,
    domain::{Text, Timestamp},
    operation::{LONGEST_ARMING, SHORTEST_ARMING},
    ui::app::{App, Overlay, Phase, Refused},
};

/// How long it is armed when nobody says how long.
pub(super) const USUAL: TimeDelta = TimeDelta::minutes(10);

/// Why nothing outside can be changed.
pub(super) const NOT_ARMED: &str =
    "tminus only looks until it is armed: `:arm 10m` arms it for ten minutes";

/// Reads how long to arm: `10m`, or `10` for as many minutes.
pub(super) fn parse(words: &str) -> Option<TimeDelta> {
    let words = words.trim();
    let digits = words.strip_suffix('m').unwrap_or(words);
    let minutes = TimeDelta::try_minutes(digits.parse().ok()?)?;
    (SHORTEST_ARMING..=LONGEST_ARMING)
        .contains(&minutes)
        .then_some(minutes)
}

/// Asks the operation room to arm.
pub(super) fn arm(app: &mut App, span: TimeDelta, effects: &mut Vec<Effect>) {
    match why_not(app, Command::Arm) {
        Some(why) => refuse(app, &format!("arm: {why}")),
        None => effects.push(Effect::Arm(span)),
    }
}

/// Why it cannot be armed or disarmed now.
pub(super) fn why_not(app: &App, command: Command) -> Option<String> {
    if app.settings.read_only {
        return Some("tminus is read-only".to_owned());
    }
    if !app.settings.arm {
        return Some("it acts without; `arm = true` in [operations] changes that".to_owned());
    }
    (command == Command::Disarm && !app.is_armed()).then(|| "it is not armed".to_owned())
}

/// The operation room is armed or not.
pub(super) fn changed(app: &mut App, result: Result<Option<Timestamp>, Text>) {
    match result {
        Ok(until) => {
            app.armed_until = until;
            match until {
                Some(until) => info(app, &format!("armed until {}", until.format("%H:%M:%SZ"))),
                None => info(app, "disarmed: tminus only looks"),
            }
        }
        Err(why) => toast(app, why.as_str(), ToastKind::Fault),
    }
}

/// Ends the arming when its time is over, or was ended: what is open and not
/// confirmed yet cannot be any more.
pub(super) fn expire(app: &mut App, effects: &mut Vec<Effect>) {
    if app.armed_until.is_some_and(|until| app.now >= until) {
        app.armed_until = None;
        info(app, "the time is over: tminus only looks");
    }
    if app.is_armed() {
        return;
    }
    for overlay in &mut app.overlays {
        if let Overlay::Dialog(dialog) = overlay
            && matches!(dialog.phase, Phase::Preparing | Phase::Prompting(_))
        {
            dialog.phase = Phase::Failed(Refused::from(Text::new(NOT_ARMED)));
            dialog.scroll = 0;
            effects.push(Effect::CancelDialog {
                ticket: dialog.ticket,
            });
        }
    }
}

/// What the header shows of the time that is left, and how long that stays
/// so: whole minutes, and seconds in the last one.
pub(in crate::ui) fn left(app: &App) -> Option<(String, Timestamp)> {
    let until = app.armed_until.filter(|until| app.now < *until)?;
    let seconds = (until - app.now + TimeDelta::milliseconds(999)).num_seconds();
    let (shown, unit) = if seconds > 60 {
        let minutes = (seconds + 59) / 60;
        (format!("{minutes} m"), TimeDelta::minutes(minutes - 1))
    } else {
        (format!("{seconds} s"), TimeDelta::seconds(seconds - 1))
    };
    Some((shown, until - unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_arm_is_between_one_minute_and_sixty() {
        for (words, minutes) in [("10m", 10), (" 5 ", 5), ("60m", 60), ("1", 1)] {
            assert_eq!(parse(words), Some(TimeDelta::minutes(minutes)), "{words}");
        }
        for words in [
            "",
            "m",
            "0",
            "61m",
            "-3",
            "10h",
            "9999999999999999999m",
            "ten",
        ] {
            assert_eq!(parse(words), None, "{words}");
        }
    }
}
