//! What goes on while an exporter is served.

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};

use exporter_toolkit::{Security, Service, Web, Work};

use crate::served::{Served, exporter, steady};

/// Says when it is dropped.
struct Held(Sender<&'static str>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.send("dropped").ok();
    }
}

fn served(work: Work) -> Served {
    let service = Service { work: vec![work], ..exporter(vec![steady("a")]).into() };
    Served::service(service, Web::default(), Security::open(None, None).unwrap())
}

#[test]
fn it_goes_on_beside_the_page_and_is_told_of_the_end() {
    let (tell, told) = mpsc::channel();
    let mut served = served(Arc::new(move |mut shutdown| {
        let tell = tell.clone();
        Box::pin(async move {
            tell.send("begun").unwrap();
            shutdown.requested().await;
            tell.send("ended").unwrap();
        })
    }));
    assert_eq!(told.recv(), Ok("begun"));
    served.settles("x_readings_total{collector=\"a\",thing=\"steady\"}", 1.0);
    served.stop();
    assert_eq!(told.recv(), Ok("ended"));
}

#[test]
fn what_does_not_end_is_dropped_with_what_it_holds() {
    let (tell, told) = mpsc::channel();
    let mut served = served(Arc::new(move |_| {
        let held = Held(tell.clone());
        Box::pin(async move {
            std::future::pending::<()>().await;
            drop(held);
        })
    }));
    served.stop();
    assert_eq!(told.recv(), Ok("dropped"));
}

#[test]
fn a_page_goes_on_without_work_that_has_ended() {
    let served = served(Arc::new(|_| Box::pin(async {})));
    served.settles("x_readings_total{collector=\"a\",thing=\"steady\"}", 1.0);
}

#[test]
fn a_panic_in_it_ends_the_serving() {
    let mut served = served(Arc::new(|_| Box::pin(async { panic!("a panic of the test's own") })));
    assert!(served.dies());
}
