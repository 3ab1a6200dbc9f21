//! What waits for another person, on the screen: said when it is proposed,
//! and followed until somebody else's tminus had it done.

use std::{
    sync::{Arc, mpsc::Sender},
    time::Duration,
};

use super::{
    now,
    tell::{in_words, notice, send},
};
use crate::{
    domain::Text,
    error::Error,
    operation::{Desk, Emit, Proposed},
    ui::update::{Event, Level},
};

/// How often the vendors are asked what became of proposals.
const PAUSE: Duration = Duration::from_secs(20);

/// Reads proposals back for as long as the program runs: they are carried out
/// elsewhere, so their effect shows at the vendor and nowhere else.
pub(super) async fn follow(desk: &Arc<Desk>, emit: &Emit) {
    loop {
        tokio::time::sleep(PAUSE).await;
        let listing = Arc::clone(desk);
        let waiting = tokio::task::spawn_blocking(move || listing.proposals()).await;
        for id in waiting.ok().and_then(Result::ok).unwrap_or_default() {
            // One that cannot be read now is read the next time.
            let _ = desk.look(&id, None, Arc::clone(emit)).await;
        }
    }
}

/// Says that something waits for another person, and shows it.
pub(super) async fn tell(
    proposed: Result<Result<Proposed, Error>, tokio::task::JoinError>,
    desk: &Arc<Desk>,
    emit: &Emit,
    events: &Sender<Event>,
    ticket: u64,
) {
    let result = match proposed {
        Ok(Ok(proposed)) => {
            // Shown at once, with what is read back already.
            let _ = desk.look(&proposed.id, None, Arc::clone(emit)).await;
            let text = format!(
                "proposed, not sent; another person types: tminus countersign {}",
                proposed.file.display()
            );
            notice(events, &text, Level::Info);
            Ok(proposed.id)
        }
        Ok(Err(error)) => Err(in_words(&error)),
        Err(_) => Err(Text::new("the journal could not be written")),
    };
    send(
        events,
        Event::Confirmed {
            ticket,
            result,
            at: now(),
        },
    );
}
