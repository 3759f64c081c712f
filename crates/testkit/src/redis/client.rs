//! A blocking client for servers on loopback.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long a server may take to answer.
const LIMIT: Duration = Duration::from_secs(10);

/// A connection to a server.
pub struct Client(BufReader<TcpStream>);

/// A reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word or a string, with U+FFFD for what is not UTF-8.
    Text(String),
    /// A number.
    Integer(i64),
    /// Nothing.
    Nil,
    /// Replies in one.
    Array(Vec<Value>),
    /// What the server refused, in its words.
    Error(String),
}

impl Client {
    /// Connects. Fails when nobody listens there.
    pub fn connect(address: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect_timeout(&address, LIMIT)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.set_write_timeout(Some(LIMIT))?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }

    /// The reply to a command, given as words with a blank in between.
    /// Fails when the server does not answer within 10 seconds, or closes the connection.
    pub fn ask(&mut self, command: &str) -> io::Result<Value> {
        self.send(command)?;
        self.reply()
    }

    /// Sends a command without waiting for its reply, which [`Client::reply`] has.
    pub fn send(&mut self, command: &str) -> io::Result<()> {
        self.0.get_mut().write_all(&packed(command.split(' ')))
    }

    /// The replies to commands that are sent in one go. Fails as [`Client::ask`] does.
    pub fn ask_all<W: AsRef<str>>(&mut self, commands: &[Vec<W>]) -> io::Result<Vec<Value>> {
        let mut stream = self.0.get_ref().try_clone()?;
        let bytes = commands.iter().flat_map(|words| packed(words.iter().map(AsRef::as_ref))).collect::<Vec<u8>>();
        // A server does not read on while nobody takes its replies.
        std::thread::scope(|scope| {
            let sent = scope.spawn(move || stream.write_all(&bytes));
            let replies = commands.iter().map(|_| self.reply()).collect();
            sent.join().expect("writing does not panic")?;
            replies
        })
    }

    /// The next reply. Fails as [`Client::ask`] does.
    pub fn reply(&mut self) -> io::Result<Value> {
        let mut line = Vec::new();
        self.0.read_until(b'\n', &mut line)?;
        let line =
            String::from_utf8_lossy(line.strip_suffix(b"\r\n").ok_or(io::ErrorKind::UnexpectedEof)?).into_owned();
        let (kind, rest) = line.split_at_checked(1).unwrap_or_default();
        let number = || rest.parse::<i64>().map_err(io::Error::other);
        Ok(match kind {
            "+" => Value::Text(rest.to_owned()),
            "-" => Value::Error(rest.to_owned()),
            ":" => Value::Integer(number()?),
            "$" => match usize::try_from(number()?) {
                Err(_) => Value::Nil,
                Ok(length) => {
                    let mut bytes = vec![0; length + 2];
                    self.0.read_exact(&mut bytes)?;
                    bytes.truncate(length);
                    Value::Text(String::from_utf8_lossy(&bytes).into_owned())
                }
            },
            "*" => match usize::try_from(number()?) {
                Err(_) => Value::Nil,
                Ok(length) => Value::Array((0..length).map(|_| self.reply()).collect::<io::Result<_>>()?),
            },
            _ => return Err(io::Error::new(io::ErrorKind::InvalidData, format!("no reply of Redis: {line}"))),
        })
    }
}

impl Value {
    /// The text; empty if it is something else.
    pub fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Integer(_) | Value::Nil | Value::Array(_) | Value::Error(_) => "",
        }
    }
}

fn packed<'w>(words: impl Iterator<Item = &'w str>) -> Vec<u8> {
    super::array(words.map(super::text))
}
