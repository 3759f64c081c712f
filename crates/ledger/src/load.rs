//! Reading what the file holds, row by row with its checksum.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::checksum::Checksum;
use crate::encode::State;
use crate::error::Fault;
use crate::exponential::Exponential;
use crate::histogram::Histogram;
use crate::total::{AccountId, AccountKind, Total};
use crate::{Amount, Nanos, file, labels, streams};

/// An account as it was opened, and what it has come to.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its number.
    pub id: AccountId,
    /// The metric family's name.
    pub family: &'a str,
    /// The family's help text, from when its first account was opened.
    pub help: &'a str,
    /// What it adds up.
    pub kind: AccountKind,
    /// Names and values, in the order in which they were given.
    pub labels: &'a [(&'a str, &'a str)],
    /// When it was opened.
    pub created: Nanos,
    /// Its committed total.
    pub total: &'a Total,
}

/// The key and the time of creation.
pub(crate) fn meta(connection: &Connection) -> Result<([u8; 16], Nanos), Fault> {
    let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let rows: Vec<(Vec<u8>, i64, i64)> =
        connection.prepare("SELECT key, created, checksum FROM meta")?.query_map([], row)?.collect::<Result<_, _>>()?;
    let [(key, created, checksum)] = rows.as_slice() else {
        return Err(Fault::Damaged(format!("meta has {} rows", rows.len())));
    };
    match (key.as_slice().try_into(), u64::try_from(*created)) {
        (Ok(array), Ok(time)) if file::meta_checksum(key, *created) == *checksum => Ok((array, time)),
        _ => Err(wrong_checksum("meta", 0)),
    }
}

/// The totals of all accounts, in order. Checks every row of every table that has checksums.
pub(crate) fn totals(connection: &Connection) -> Result<Vec<Total>, Fault> {
    let count = |sql| connection.query_row(sql, [], |row| row.get::<_, u32>(0));
    let accounts = count("SELECT count(*) FROM accounts")?;
    let totals = count("SELECT (SELECT count(*) FROM totals) + (SELECT count(*) FROM histograms)")?;
    if accounts != totals {
        return Err(Fault::Damaged(format!("there are {accounts} accounts and {totals} totals")));
    }
    let mut all = Vec::with_capacity(accounts as usize);
    let mut statement = connection.prepare(
        "SELECT a.id, f.name, f.kind, f.help, a.labels, a.created, a.checksum, t.units, t.nanos, t.checksum, h.state, h.checksum
        FROM accounts a CROSS JOIN families f ON f.id = a.family LEFT JOIN totals t ON t.id = a.id
        LEFT JOIN histograms h ON h.id = a.id ORDER BY a.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let kind = read_kind(text(row, 2)?)?;
        let checksum = account_checksum(id, text(row, 1)?, kind, text(row, 3)?, text(row, 4)?, row.get(5)?);
        if usize::try_from(id).ok() != Some(all.len()) || checksum != row.get::<_, i64>(6)? {
            return Err(wrong_checksum("accounts", id));
        }
        all.push(total(row, id, kind)?);
    }
    if all.len() != accounts as usize {
        return Err(Fault::Damaged("accounts without a family".to_owned()));
    }
    streams::check(connection)?;
    Ok(all)
}

/// Hands over the accounts in order, with the totals given.
pub(crate) fn accounts(
    connection: &Connection,
    totals: &[Total],
    mut each: impl FnMut(Account<'_>),
) -> Result<(), Fault> {
    let mut statement = connection.prepare(
        "SELECT f.name, f.help, f.kind, a.labels, a.created FROM accounts a CROSS JOIN families f ON f.id = a.family
        ORDER BY a.id",
    )?;
    let mut rows = statement.query([])?;
    let mut owned = Vec::new();
    for (id, total) in (0_u32..).zip(totals) {
        let Some(row) = rows.next()? else {
            return Err(Fault::Damaged(format!("account {id} is gone")));
        };
        let kind = read_kind(text(row, 2)?)?;
        labels::read(text(row, 3)?, &mut owned).ok_or_else(|| wrong_checksum("accounts", id.into()))?;
        let labels: Vec<_> = owned.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let created = u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        let (family, help) = (text(row, 0)?, text(row, 1)?);
        each(Account { id: AccountId(id), family, help, kind, labels: &labels, created, total });
    }
    Ok(())
}

/// What belongs to a row of `accounts`, with its family's.
pub(crate) fn account_checksum(
    id: i64,
    family: &str,
    kind: AccountKind,
    help: &str,
    labels: &str,
    created: i64,
) -> i64 {
    let checksum = Checksum::of("accounts").number(id).text(family).text(kind.word()).text(help);
    checksum.text(labels).number(created).value()
}

/// What belongs to a row of `totals`.
pub(crate) fn total_checksum(id: i64, units: i64, nanos: u32) -> i64 {
    Checksum::of("totals").number(id).number(units).number(nanos.into()).value()
}

/// What belongs to a row of `histograms`.
pub(crate) fn histogram_checksum(id: i64, state: &[u8]) -> i64 {
    Checksum::of("histograms").number(id).bytes(state).value()
}

/// The file is sound to SQLite, and yet not what was written.
pub(crate) fn wrong_checksum(table: &str, id: i64) -> Fault {
    Fault::Damaged(format!("row {id} of {table} has a wrong checksum"))
}

fn total(row: &Row<'_>, id: i64, kind: AccountKind) -> Result<Total, Fault> {
    match kind {
        AccountKind::Counter => {
            let (units, nanos) = (row.get(7)?, row.get(8)?);
            let amount = Amount::from_parts(units, nanos)
                .filter(|_| row.get(9).is_ok_and(|checksum: i64| checksum == total_checksum(id, units, nanos)));
            amount.map(Total::Amount).ok_or_else(|| wrong_checksum("totals", id))
        }
        AccountKind::Histogram => Ok(Total::Histogram(Box::new(state::<Histogram>(row, id)?))),
        AccountKind::Exponential => Ok(Total::Exponential(Box::new(state::<Exponential>(row, id)?))),
    }
}

fn state<S: State>(row: &Row<'_>, id: i64) -> Result<S, Fault> {
    let damaged = || wrong_checksum("histograms", id);
    let ValueRef::Blob(bytes) = row.get_ref(10)? else {
        return Err(damaged());
    };
    if histogram_checksum(id, bytes) != row.get::<_, i64>(11)? {
        return Err(damaged());
    }
    S::decode(bytes).ok_or_else(damaged)
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, Fault> {
    row.get_ref(column)?.as_str().map_err(|error| Fault::Damaged(error.to_string()))
}

fn read_kind(word: &str) -> Result<AccountKind, Fault> {
    let kind = AccountKind::ALL.into_iter().find(|kind| kind.word() == word);
    kind.ok_or_else(|| Fault::Damaged(format!("there is no kind {word} of account")))
}
