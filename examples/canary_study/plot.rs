//! Plots as SVG, of what they need.

use std::fmt::Write as _;

const COLOURS: [&str; 3] = ["#0072b2", "#d55e00", "#999999"];

fn open(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"20\" font-size=\"14\">{title}</text>\n"
    )
}

fn legend(svg: &mut String, names: &[&str]) {
    for (index, name) in names.iter().enumerate() {
        let x = 12.0 + index as f64 * 120.0;
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"30\" width=\"12\" height=\"12\" fill=\"{}\"/>\
             <text x=\"{}\" y=\"41\">{name}</text>",
            COLOURS[index],
            x + 18.0
        );
    }
}

/// Bars in percent, with a line at an aim.
pub fn bars(title: &str, names: &[&str], rows: &[(&str, Vec<f64>)], aim: f64) -> String {
    let (left, width, row) = (280.0, 400.0, 16.0 * names.len() as f64 + 10.0);
    let height = 60.0 + row * rows.len() as f64;
    let mut svg = open(left + width + 60.0, height, title);
    legend(&mut svg, names);
    for (index, (name, values)) in rows.iter().enumerate() {
        let top = 54.0 + row * index as f64;
        let _ = writeln!(
            svg,
            "<text x=\"12\" y=\"{}\">{name}</text>",
            top + row / 2.0
        );
        for (bar, value) in values.iter().enumerate() {
            let y = top + 16.0 * bar as f64;
            let long = value / 100.0 * width;
            let _ = writeln!(
                svg,
                "<rect x=\"{left}\" y=\"{y}\" width=\"{long:.1}\" height=\"13\" fill=\"{}\"/>\
                 <text x=\"{:.1}\" y=\"{}\">{value:.1}</text>",
                COLOURS[bar],
                left + long + 4.0,
                y + 11.0
            );
        }
    }
    let x = left + aim / 100.0 * width;
    let _ = writeln!(
        svg,
        "<line x1=\"{x}\" y1=\"50\" x2=\"{x}\" y2=\"{height}\" stroke=\"#000000\" \
         stroke-dasharray=\"4 3\"/>\n</svg>"
    );
    svg
}

/// Lines in percent over a range.
pub fn lines(title: &str, below: &str, rows: &[(&str, Vec<(f64, f64)>)]) -> String {
    let (left, top, width, height) = (50.0, 60.0, 460.0, 240.0);
    let mut svg = open(560.0, 350.0, title);
    let names: Vec<&str> = rows.iter().map(|(name, _)| *name).collect();
    legend(&mut svg, &names);
    let all = || rows.iter().flat_map(|(_, points)| points);
    let first = all().map(|(x, _)| *x).fold(f64::INFINITY, f64::min);
    let last = all().map(|(x, _)| *x).fold(f64::NEG_INFINITY, f64::max);
    let place = |x: f64, y: f64| {
        (
            left + (x - first) / (last - first) * width,
            top + (1.0 - y / 100.0) * height,
        )
    };
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        let (_, y) = place(first, percent);
        let _ = writeln!(
            svg,
            "<line x1=\"{left}\" y1=\"{y}\" x2=\"{}\" y2=\"{y}\" stroke=\"#dddddd\"/>\
             <text x=\"12\" y=\"{}\">{percent}</text>",
            left + width,
            y + 4.0
        );
    }
    for step in 0..=4 {
        let value = first + (last - first) * f64::from(step) / 4.0;
        let (x, _) = place(value, 0.0);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"320\">{value:.2}</text>", x - 12.0);
    }
    let _ = writeln!(svg, "<text x=\"{left}\" y=\"340\">{below}</text>");
    for (index, (_, points)) in rows.iter().enumerate() {
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| {
                let (x, y) = place(*x, *y);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>",
            path.join(" "),
            COLOURS[index]
        );
    }
    svg.push_str("</svg>\n");
    svg
}
