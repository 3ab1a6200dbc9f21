//! Kinds of series and of counts, as canaries have them.

use std::f64::consts::TAU;

use rand::{Rng as _, rngs::StdRng};

type Draw = fn(usize, f64, &mut StdRng) -> (Vec<f64>, Vec<f64>);

/// A kind of series: how a canary `factor` times the baseline looks.
pub struct Series {
    pub title: &'static str,
    /// Whether its points are independent, or both sides move together.
    pub independent: bool,
    draw: Draw,
}

impl Series {
    pub fn draw(&self, length: usize, factor: f64, random: &mut StdRng) -> (Vec<f64>, Vec<f64>) {
        (self.draw)(length, factor, random)
    }
}

pub const SERIES: &[Series] = &[
    Series {
        title: "normal, 10 %",
        independent: true,
        draw: |n, factor, random| {
            let mut side = |by: f64| {
                (0..n)
                    .map(|_| by * (100.0 + 10.0 * normal(random)))
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "heavy tail, t with 2 degrees",
        independent: true,
        draw: |n, factor, random| {
            let mut side = |by: f64| {
                (0..n)
                    .map(|_| {
                        let spread = f64::midpoint(normal(random).powi(2), normal(random).powi(2));
                        by * (100.0 + 10.0 * normal(random) / spread.sqrt())
                    })
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "heavy tail, Pareto 2.1",
        independent: true,
        draw: |n, factor, random| {
            let mut side = |by: f64| {
                (0..n)
                    .map(|_| by * 100.0 * (1.0 - random.random::<f64>()).powf(-1.0 / 2.1))
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "AR(1) 0.5",
        independent: false,
        draw: |n, factor, random| autoregressive(0.5, n, factor, random),
    },
    Series {
        title: "AR(1) 0.8",
        independent: false,
        draw: |n, factor, random| autoregressive(0.8, n, factor, random),
    },
    Series {
        title: "AR(1) 0.95",
        independent: false,
        draw: |n, factor, random| autoregressive(0.95, n, factor, random),
    },
    Series {
        title: "bursty, 3x for 5 points",
        independent: false,
        draw: |n, factor, random| {
            let mut side = |by: f64| {
                let mut burst = random.random::<f64>() < 0.2;
                (0..n)
                    .map(|_| {
                        burst = random.random::<f64>() < if burst { 0.8 } else { 0.05 };
                        by * (100.0 + 10.0 * normal(random)) * if burst { 3.0 } else { 1.0 }
                    })
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "spikes, 10x for 1 point",
        independent: true,
        draw: |n, factor, random| {
            let mut side = |by: f64| {
                (0..n)
                    .map(|_| {
                        let spike = if random.random::<f64>() < 0.05 {
                            10.0
                        } else {
                            1.0
                        };
                        by * (100.0 + 10.0 * normal(random)) * spike
                    })
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "diurnal, both sides",
        independent: true,
        draw: |n, factor, random| {
            let start: f64 = random.random();
            let day: Vec<f64> = (0..n)
                .map(|point| 1.0 + 0.4 * (TAU * (start + point as f64 / n as f64)).sin())
                .collect();
            let mut side = |by: f64| {
                day.iter()
                    .map(|level| by * level * (100.0 + 10.0 * normal(random)))
                    .collect()
            };
            (side(factor), side(1.0))
        },
    },
    Series {
        title: "near zero, 1e-5",
        independent: true,
        draw: |n, factor, random| {
            let mut side = |by: f64| (0..n).map(|_| poisson(10.0 * by, random) / 1e6).collect();
            (side(factor), side(1.0))
        },
    },
];

fn autoregressive(phi: f64, n: usize, factor: f64, random: &mut StdRng) -> (Vec<f64>, Vec<f64>) {
    let mut side = |by: f64| {
        let mut state = normal(random);
        (0..n)
            .map(|_| {
                state = phi * state + (1.0 - phi * phi).sqrt() * normal(random);
                by * (100.0 + 10.0 * state)
            })
            .collect()
    };
    (side(factor), side(1.0))
}

/// A kind of counts.
pub struct Counts {
    pub title: &'static str,
    /// Requests a minute on both sides.
    pub requests: f64,
    /// Errors a request.
    rate: f64,
    /// The canary's share of the traffic at a minute.
    share: fn(usize) -> f64,
    pub minutes: usize,
    /// By how much the rate moves within the hour, on both sides.
    swing: f64,
}

/// One minute of both sides.
pub struct Minute {
    pub baseline: f64,
    pub canary: f64,
    pub share: f64,
}

impl Counts {
    pub fn draw(&self, factor: f64, random: &mut StdRng) -> Vec<Minute> {
        (0..self.minutes)
            .map(|minute| {
                let share = (self.share)(minute);
                let moved = 1.0 + self.swing * (TAU * minute as f64 / 60.0).sin();
                let errors = self.requests * self.rate * moved;
                Minute {
                    baseline: poisson(errors * (1.0 - share), random),
                    canary: poisson(errors * share * factor, random),
                    share,
                }
            })
            .collect()
    }
}

fn steps(minute: usize) -> f64 {
    [0.05, 0.1, 0.25, 0.5][(minute / 30).min(3)]
}

pub const COUNTS: &[Counts] = &[
    Counts {
        title: "rare: 1e-5, 20,000 a minute, half",
        requests: 20_000.0,
        rate: 1e-5,
        share: |_| 0.5,
        minutes: 120,
        swing: 0.0,
    },
    Counts {
        title: "1e-5, 1,000,000 a minute, half",
        requests: 1e6,
        rate: 1e-5,
        share: |_| 0.5,
        minutes: 60,
        swing: 0.0,
    },
    Counts {
        title: "1e-5, 1,000,000 a minute, 10 %",
        requests: 1e6,
        rate: 1e-5,
        share: |_| 0.1,
        minutes: 120,
        swing: 0.0,
    },
    Counts {
        title: "dense: 1 %, 10,000 a minute, half",
        requests: 1e4,
        rate: 0.01,
        share: |_| 0.5,
        minutes: 60,
        swing: 0.0,
    },
    Counts {
        title: "rate moves by half, weight 5, 10, 25, 50 %",
        requests: 1e4,
        rate: 1e-3,
        share: steps,
        minutes: 120,
        swing: 0.5,
    },
];

fn normal(random: &mut StdRng) -> f64 {
    let first: f64 = 1.0 - random.random::<f64>();
    (-2.0 * first.ln()).sqrt() * (TAU * random.random::<f64>()).cos()
}

fn poisson(mean: f64, random: &mut StdRng) -> f64 {
    if mean > 60.0 {
        return (mean + mean.sqrt() * normal(random)).round().max(0.0);
    }
    let limit = (-mean).exp();
    let (mut count, mut product) = (0.0, random.random::<f64>());
    while product > limit {
        count += 1.0;
        product *= random.random::<f64>();
    }
    count
}
