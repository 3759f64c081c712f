//! An exporter with what else it listens for, and what it does meanwhile.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;

use crate::exporter::Exporter;
use crate::shutdown::Shutdown;
use crate::web::application::{Application, Port};
use crate::web::config::WebFlags;
use crate::web::listener::{BindError, Listen, Listener, bind};
use crate::web::targets::Targets;

/// An exporter, and what it has besides the page.
pub struct Service {
    /// What is scraped.
    pub exporter: Arc<Exporter>,
    /// What is scraped by a name that a request gives.
    pub targets: Option<Arc<dyn Targets>>,
    /// What is served at other paths than the page's, guarded as that is.
    pub application: Option<Arc<dyn Application>>,
    /// What its own flags say of what guards the page.
    pub guard: Option<WebFlags>,
    /// What else is served.
    pub ports: Vec<Port>,
    /// What goes on while it is served.
    pub work: Vec<Work>,
}

/// What goes on as long as an exporter is served, scraped or not, such as following a stream of events. Begun each time that
/// the exporter is; a panic in it ends the serving.
pub type Work = Arc<dyn Fn(Shutdown) -> Working + Send + Sync>;

/// Work that has begun. It ends at the shutdown that it was given, and is dropped with whatever it holds if it does not.
pub type Working = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What makes a service of a command line gives one, or tells why there can be none.
pub type Built = Result<Service, Box<dyn Error>>;

/// The sockets of a service.
pub struct Sockets {
    /// Of the page.
    pub page: Vec<Listener>,
    /// Of each port, in their order.
    pub ports: Vec<Vec<Listener>>,
}

impl From<Exporter> for Service {
    fn from(exporter: Exporter) -> Self {
        Service {
            exporter: Arc::new(exporter),
            targets: None,
            application: None,
            guard: None,
            ports: Vec::new(),
            work: Vec::new(),
        }
    }
}

impl Service {
    /// Listens for the page there, and for everything else where that is to be.
    ///
    /// # Errors
    /// Any address that can't be listened on; none is kept then.
    pub async fn bind(&self, page: &Listen) -> Result<Sockets, BindError> {
        let page = bind(page).await?;
        let mut ports = Vec::new();
        for port in &self.ports {
            ports.push(bind(&port.listen).await?);
        }
        Ok(Sockets { page, ports })
    }
}
