//! Another process of the test program that is running, spoken to line by line.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A process that runs one ignored test of this program; its input ends, and so it should, when this is dropped.
pub struct TestProcess {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl TestProcess {
    /// Starts the test of that name, with these variables in its environment. It is awaited by [`TestProcess::answer`]: what
    /// it says first may be that it is ready.
    ///
    /// # Panics
    /// When no process can be started.
    #[must_use]
    pub fn start(test: &str, environment: &[(&str, String)]) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--ignored", "--nocapture"]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = process.stdin.take();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, input, output }
    }

    /// Sends one line, which brings its own end.
    ///
    /// # Panics
    /// When the process went away.
    pub fn tell(&mut self, line: &str) {
        self.input.as_mut().unwrap().write_all(line.as_bytes()).unwrap();
    }

    /// What the process says next by [`say`]; the test harness prints lines of its own.
    ///
    /// # Panics
    /// When the process went away.
    pub fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "a process of this test went away");
            if let Some(answer) = line.trim_end().strip_prefix('@') {
                return answer.to_owned();
            }
        }
    }
}

impl Drop for TestProcess {
    fn drop(&mut self) {
        self.input = None;
        let _ = self.process.wait();
    }
}

/// Says one line to the process that started this one by [`TestProcess::start`].
pub fn say(answer: impl Display) {
    // On a line of its own, whatever the test harness has begun.
    println!("\n@{answer}");
}
