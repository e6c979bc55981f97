//! A server that was started, as its parent sees it.

use std::env::current_exe;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Failure;
use crate::client::Client;
use crate::records::Person;
use crate::server::{Order, Ready, START};

/// Seconds after which every code of the window is an unused one.
const PAST_THE_WINDOW: u64 = 90;

/// Ends when it is dropped.
pub(crate) struct Server {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    port: u16,
    /// Who may sign in.
    pub(crate) people: Vec<Person>,
    /// What its clock shows, in Unix seconds.
    pub(crate) now: u64,
}

impl Server {
    /// Comes back when its users are there and it answers.
    pub(crate) fn start(order: &Order) -> Result<Self, Failure> {
        let mut process =
            Command::new(current_exe()?).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (orders, answers) = (process.stdin.take(), process.stdout.take().ok_or("no standard output")?);
        let answers = BufReader::new(answers);
        let mut server = Self { process, orders, answers, port: 0, people: Vec::new(), now: START };
        let ready: Ready = serde_json::from_str(&server.ask(&serde_json::to_string(order)?)?)?;
        (server.port, server.people) = (ready.port, ready.people);
        Ok(server)
    }

    /// Everybody's next code is an unused one.
    pub(crate) fn later(&mut self) -> Result<(), Failure> {
        self.now = self.ask(&PAST_THE_WINDOW.to_string())?.trim().parse()?;
        Ok(())
    }

    /// One more connection to it.
    pub(crate) async fn client(&self) -> Result<Client, Failure> {
        Client::connect(self.port).await
    }

    fn ask(&mut self, line: &str) -> Result<String, Failure> {
        writeln!(self.orders.as_mut().ok_or("no standard input")?, "{line}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        if answer.is_empty() {
            return Err("the server ended; it says why above".into());
        }
        Ok(answer)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.orders.take());
        // Nothing can be done about a process that cannot be waited for.
        let _ = self.process.wait();
    }
}
