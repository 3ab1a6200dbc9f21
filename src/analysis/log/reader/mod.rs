//! Reading a log of any size, a piece at a time: nothing is held but the index,
//! the lines that were found and what is shown. It never waits for anything but
//! the disk, and [`Reader::step`] only for a piece of it, so that whoever runs it
//! can answer in between.

use std::{io, ops::Range, sync::Arc};

use chrono::{DateTime, Utc};

mod hunt;
mod window;

use self::hunt::Search;
use super::{
    fold::Group,
    judge::{Cause, ENDS, Judge},
    line::{LONGEST_LINE, Line},
    scan::Scan,
    search::{Hits, MOST_HITS, Needle, Next, next_of},
    source::{PIECE, Source, fill},
};
use crate::analysis::triage::{Rules, shipped_rules};

/// Pieces of one step.
const PIECES: usize = 4;
/// Up to this size a log is judged before it is shown, in bytes.
const SMALL: u64 = 4 * 1024 * 1024;
/// The most bytes that are read for what is shown.
const MOST_SHOWN: usize = 4 * 1024 * 1024;
/// The most bytes that can be copied.
const MOST_COPIED: usize = 256 * 1024;
/// How often it is told how far a long pass is, in bytes.
const TELL: u64 = 64 * 1024 * 1024;

/// What is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Lines that report errors.
    Error,
    /// Lines that hold what is searched for.
    Match,
}

/// What the view asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// These lines, as soon as they are read.
    Show(Vec<Range<u64>>),
    /// The lines that hold a pattern, the first one from a line on at once.
    Search {
        /// A regular expression, or plain words.
        pattern: String,
        /// The line to begin at.
        from: u64,
    },
    /// Search no more.
    Forget,
    /// The next line of some sort.
    Next {
        /// Of what sort.
        of: Seek,
        /// The line to begin behind.
        from: u64,
        /// Towards the end.
        forward: bool,
    },
    /// The words of these lines, to be copied.
    Text(Range<u64>),
    /// The log has grown, perhaps.
    Grown {
        /// It will not grow any more.
        complete: bool,
    },
}

impl Ask {
    /// Lines that follow one another.
    #[must_use]
    pub fn lines(range: Range<u64>) -> Self {
        Self::Show(std::iter::once(range).collect())
    }
}

/// How far the reading is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Bytes of the log.
    pub bytes: u64,
    /// How many of them were read.
    pub read: u64,
    /// Lines in what was read.
    pub lines: u64,
    /// Lines that report errors in what was read.
    pub errors: usize,
    /// True when more errors are there than are remembered.
    pub more_errors: bool,
    /// Groups that can be folded.
    pub groups: Arc<[Group]>,
    /// What is searched for: lines found, whether all were, whether it is plain
    /// words.
    pub found: Option<(usize, bool, bool)>,
    /// The first instant that the log tells.
    pub begun: Option<DateTime<Utc>>,
    /// The log will not grow any more.
    pub complete: bool,
}

/// What the reader has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// How far it is.
    State(State),
    /// The line to open the log at; none where no line says more than the last.
    Opened(Option<u64>),
    /// What broke, once the log was judged; none where nothing did.
    Judged(Option<Cause>),
    /// Lines that were asked for.
    Lines(Vec<Line>),
    /// The line that was sought; `true` when the search went round the end.
    Hit(Seek, u64, bool),
    /// There is no such line.
    NoHit(Seek),
    /// It takes longer; the answer comes.
    Seeking(Seek),
    /// The words to be copied, and of how many lines they are.
    Text(String, u64),
    /// The log became another one: all that was known of it is void.
    Again,
}

/// A log that is read.
pub struct Reader {
    source: Box<dyn Source>,
    rules: &'static Rules,
    scan: Scan,
    size: u64,
    complete: bool,
    /// The size at which the last line, which has no end, was looked at.
    peeked: Option<u64>,
    opened: bool,
    judge: Option<Judge>,
    judged: Option<(u64, bool)>,
    knows_cause: bool,
    wanted: Option<Vec<Range<u64>>>,
    search: Option<Search>,
    pending: Option<(Seek, Option<u64>, bool)>,
    begun: Option<DateTime<Utc>>,
    groups: Arc<[Group]>,
    told_at: u64,
    buffer: Vec<u8>,
}

impl Reader {
    /// Begins to read. `complete`: the log will not grow.
    ///
    /// # Errors
    /// When its size cannot be told.
    pub fn open(source: Box<dyn Source>, complete: bool) -> io::Result<Self> {
        let size = source.size()?;
        Ok(Self {
            source,
            rules: shipped_rules(),
            scan: Scan::default(),
            size,
            complete,
            peeked: None,
            opened: false,
            judge: None,
            judged: None,
            knows_cause: false,
            wanted: None,
            search: None,
            pending: None,
            begun: None,
            groups: Arc::from([]),
            told_at: 0,
            buffer: Vec::new(),
        })
    }

    /// Judges it by other rules than those that ship.
    #[must_use]
    pub fn judged_by(mut self, rules: &'static Rules) -> Self {
        self.rules = rules;
        self
    }

    /// The bytes, for whoever keeps a copy.
    #[must_use]
    pub fn source(&self) -> &dyn Source {
        self.source.as_ref()
    }

    /// Whether [`Reader::step`] has something to do.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.can_scan() || self.judge_is_due() || self.search_is_due()
    }

    /// The lines that report errors, in what was read.
    pub fn reports(&self) -> impl Iterator<Item = u64> + '_ {
        self.scan.reports().iter().map(|line| u64::from(*line))
    }

    /// How many lines are known.
    fn lines(&self) -> u64 {
        let open = self.size > self.scan.index.bytes() || self.scan.is_open();
        self.scan.index.ends() + u64::from(open)
    }

    fn can_scan(&self) -> bool {
        self.scan.index.bytes() < self.size && self.peeked != Some(self.size)
    }

    /// All that there is was read.
    fn is_read(&self) -> bool {
        !self.can_scan()
    }

    fn judge_is_due(&self) -> bool {
        if self.judge.is_some() {
            return true;
        }
        if !self.is_read() || self.size == 0 {
            return false;
        }
        match self.judged {
            None => true,
            Some((at, complete)) => {
                let ended = self.complete && !complete;
                let grown = self.size > at && (self.size <= SMALL || self.size - at > at / 4);
                ended || (grown && !self.knows_cause)
            }
        }
    }

    fn search_is_due(&self) -> bool {
        self.search
            .as_ref()
            .is_some_and(|search| !search.hits.after_done || !search.hits.before_done)
    }

    /// Answers what can be answered at once.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn ask(&mut self, ask: Ask) -> io::Result<Vec<Told>> {
        let mut told = Vec::new();
        match ask {
            Ask::Show(ranges) => {
                self.wanted = Some(ranges);
                self.show(&mut told)?;
            }
            Ask::Search { pattern, from } => {
                self.search = None;
                self.pending = None;
                if let Some(needle) = Needle::new(&pattern) {
                    let from = from.min(self.lines().saturating_sub(1));
                    let start = self.scan.index.start(from, self.source.as_ref())?;
                    let (origin, at) = start.map_or((0, 0), |at| (from, at));
                    self.search = Some(Search {
                        needle,
                        hits: Hits {
                            origin,
                            after_until: origin,
                            before_done: origin == 0,
                            ..Hits::default()
                        },
                        after_at: at,
                        before_at: 0,
                        origin_at: at,
                    });
                    self.pending = Some((Seek::Match, None, true));
                    told.push(Told::State(self.state()));
                } else {
                    told.push(Told::NoHit(Seek::Match));
                }
            }
            Ask::Forget => {
                self.search = None;
                self.pending = None;
                told.push(Told::State(self.state()));
            }
            Ask::Next { of, from, forward } => {
                self.pending = Some((of, Some(from), forward));
                self.resolve(&mut told);
                if self.pending.is_some() {
                    told.push(Told::Seeking(of));
                }
            }
            Ask::Text(lines) => {
                let (text, count) = self.text(lines)?;
                told.push(Told::Text(text, count));
            }
            Ask::Grown { complete } => {
                let size = self.source.size()?;
                if size < self.scan.index.bytes() {
                    self.again(size);
                    told.push(Told::Again);
                }
                let changed = size != self.size || complete != self.complete;
                self.size = size;
                self.complete = complete;
                if changed {
                    // The search goes on in what came.
                    if let Some(search) = &mut self.search {
                        search.hits.after_done = false;
                    }
                    told.push(Told::State(self.state()));
                }
            }
        }
        Ok(told)
    }

    /// Forgets everything: other bytes are in the place of those that were read.
    fn again(&mut self, size: u64) {
        self.scan = Scan::default();
        self.size = size;
        self.peeked = None;
        self.opened = false;
        self.judge = None;
        self.judged = None;
        self.knows_cause = false;
        self.search = None;
        self.pending = None;
        self.begun = None;
        self.groups = Arc::from([]);
        self.told_at = 0;
    }

    /// Reads on for a moment.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn step(&mut self) -> io::Result<Vec<Told>> {
        let mut told = Vec::new();
        let sought = matches!(self.pending, Some((Seek::Match, ..))) && self.search_can_go_on();
        if self.can_scan() && !(self.opened && sought) {
            self.scan_on(&mut told)?;
        } else if sought {
            self.search_on(&mut told)?;
        } else if self.judge_is_due() {
            self.judge_on(&mut told)?;
        } else if self.search_is_due() {
            self.search_on(&mut told)?;
        }
        self.resolve(&mut told);
        if self.size == 0 && !self.opened {
            self.open_at(None, &mut told);
        }
        Ok(told)
    }

    fn open_at(&mut self, line: Option<u64>, told: &mut Vec<Told>) {
        self.opened = true;
        told.push(Told::State(self.state()));
        told.push(Told::Opened(line));
    }

    fn scan_on(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.scan_pieces(&mut buffer);
        self.buffer = buffer;
        result?;
        if self.begun.is_none() {
            self.begun = self.first_instant()?;
        }
        let read = self.scan.index.bytes();
        let done = self.is_read();
        // Where the first error is not found at once, the start is shown.
        let first = self.told_at == 0 && self.size > SMALL;
        if done || first || read - self.told_at.min(read) >= TELL {
            self.told_at = read;
            self.groups = self.scan.groups.all(self.lines().saturating_sub(1)).into();
            told.push(Told::State(self.state()));
        }
        if !self.opened && (done || !self.scan.errors.is_empty()) && self.size > SMALL {
            let line = self.reports().next();
            self.open_at(line, told);
        }
        self.show_wanted(told)
    }

    fn scan_pieces(&mut self, buffer: &mut Vec<u8>) -> io::Result<()> {
        for _ in 0..PIECES {
            let at = self.scan.index.bytes();
            let length = (self.size - at).min(PIECE as u64) as usize;
            if length == 0 {
                break;
            }
            fill(self.source.as_ref(), at, length, buffer)?;
            if buffer.is_empty() {
                // It became shorter while it was read; the next look tells.
                self.size = at;
                break;
            }
            match memchr::memrchr(b'\n', buffer) {
                Some(end) => self.scan.extend(&buffer[..=end]),
                None if buffer.len() == PIECE => self.scan.extend(buffer),
                None => {
                    self.scan.peek(buffer);
                    self.peeked = Some(self.size);
                    break;
                }
            }
            if !self.opened && !self.scan.errors.is_empty() && self.size > SMALL {
                break;
            }
        }
        Ok(())
    }

    fn first_instant(&self) -> io::Result<Option<DateTime<Utc>>> {
        let first = self.read_lines(&(0..1), LONGEST_LINE)?;
        Ok(first.first().and_then(|line| line.instant))
    }

    fn judge_on(&mut self, told: &mut Vec<Told>) -> io::Result<()> {
        let mut judge = match self.judge.take() {
            Some(judge) => judge,
            None => {
                self.judged = Some((self.size, self.complete));
                let source = self.source.as_ref();
                Judge::new(self.rules, &self.scan.index, self.size, ENDS, source)?
            }
        };
        let mut buffer = std::mem::take(&mut self.buffer);
        let done = judge.step(&self.scan.index, self.source.as_ref(), &mut buffer);
        self.buffer = buffer;
        if !done? {
            self.judge = Some(judge);
            return Ok(());
        }
        let cause = judge.finish();
        self.knows_cause = cause.is_some();
        if !self.opened {
            let stated = cause.as_ref().and_then(|cause| cause.line);
            let first = self.reports().next();
            self.open_at(stated.or(first), told);
        }
        told.push(Told::Judged(cause));
        Ok(())
    }

    /// Answers the question for the next line, if it can be answered now.
    fn resolve(&mut self, told: &mut Vec<Told>) {
        let Some((of, from, forward)) = self.pending else {
            return;
        };
        let next = match (of, from, &self.search) {
            (Seek::Error, from, _) => next_of(
                self.scan.reports(),
                self.scan.index.ends(),
                self.is_read(),
                from.unwrap_or(0),
                forward,
            ),
            (Seek::Match, _, None) => Next::Nothing,
            (Seek::Match, Some(from), Some(search)) => search.hits.next(from, forward),
            (Seek::Match, None, Some(search)) => search.hits.first(),
        };
        match next {
            Next::NotYet => return,
            Next::Found(line, round) => told.push(Told::Hit(of, line, round)),
            Next::Nothing => told.push(Told::NoHit(of)),
        }
        self.pending = None;
    }

    fn state(&self) -> State {
        State {
            bytes: self.size,
            read: if self.is_read() {
                self.size
            } else {
                self.scan.index.bytes()
            },
            lines: self.lines(),
            errors: self.scan.reports().len(),
            more_errors: self.scan.reports().len() >= MOST_HITS,
            groups: Arc::clone(&self.groups),
            found: self.search.as_ref().map(|search| {
                (
                    search.hits.count(),
                    search.hits.after_done && search.hits.before_done,
                    search.needle.plain,
                )
            }),
            begun: self.begun,
            complete: self.complete,
        }
    }
}
