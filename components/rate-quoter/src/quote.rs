//! The job.

use std::future::Future;
use std::pin::Pin;

use connote_steps::{Port, all};
use connote_types::rates::{Kept, Packed, QuoteJob, QuoteResult, QuoteStep, Rate};
use connote_types::steps::{Disposition, FieldError, Problem, Turn};
use connote_vendors::checkout::{Cart, Offer, Place};

use crate::facts::Facts;
use crate::goods::{self, Good};
use crate::ladder::{Answered, Prices, Question};
use crate::options::{self, Exchange};
use crate::price;
use crate::services::{Offered, added_up};
use crate::settings::Settings;
use crate::shipments::{self, Shipment};
use crate::{asking, platform};

/// See `quoter.quote` in `wit/`.
#[must_use]
pub fn quote(job: QuoteJob, history: Vec<Turn>) -> QuoteStep {
    let context = job.context.clone();
    connote_steps::run(&context, history, |port| async move { Quote::new(&job)?.done(&port).await })
}

/// One cart on its way.
struct Quote<'q> {
    job: &'q QuoteJob,
    settings: Settings,
    cart: Cart,
    parcels: Vec<Packed>,
    warnings: Vec<String>,
    keep: Vec<Kept>,
}

impl<'q> Quote<'q> {
    fn new(job: &'q QuoteJob) -> Result<Self, Problem> {
        let settings = settings(&job.settings)?;
        let cart = platform::read(&job.platform, &job.body)?;
        Ok(Self { job, settings, cart, parcels: Vec::new(), warnings: Vec::new(), keep: Vec::new() })
    }

    /// A cart that goes nowhere yet, or ships nothing, has no options, and nobody is asked.
    async fn done(mut self, port: &Port) -> Result<QuoteResult, Problem> {
        let cart = std::mem::take(&mut self.cart);
        let goods = goods::goods(&cart, &self.settings, &mut self.warnings);
        let rates = match &cart.destination {
            Some(destination) if !goods.is_empty() => self.rates(port, &cart, destination, &goods).await?,
            _ => Vec::new(),
        };
        let offers: Vec<Offer> = rates.iter().map(options::offer).collect();
        self.even_warnings();
        Ok(QuoteResult {
            status: 200,
            content_type: "application/json".to_owned(),
            body: platform::write(&self.job.platform, &cart, &offers, &self.parcels, &self.warnings),
            rates,
            parcels: self.parcels,
            warnings: self.warnings,
            keep: self.keep,
        })
    }

    /// Prices, else the merchant's table, else the reason why there are none.
    async fn rates(&mut self, port: &Port, cart: &Cart, to: &Place, goods: &[Good<'_>]) -> Result<Vec<Rate>, Problem> {
        let exchange = Exchange::into(&cart.currency, &self.settings)?;
        let mut facts = Facts::new(cart, &self.job.platform, to, goods);
        let priced = match self.planned(cart, to, goods, &mut facts) {
            Ok(shipments) => self.priced(port, cart, to, shipments).await,
            Err(problem) => Err(problem),
        };
        let choices = match priced {
            Ok(offered) if offered.is_empty() && self.settings.table_when_empty => price::table(&self.settings, &facts),
            Ok(offered) => {
                let rule = |one| price::ruled(&self.settings, &facts, one, &mut self.warnings);
                offered.into_iter().map(rule).collect()
            }
            Err(problem) => {
                let table = price::table(&self.settings, &facts);
                if table.is_empty() {
                    return Err(problem);
                }
                self.warnings.push(format!("the table is used: {}", problem.message));
                table
            }
        };
        Ok(options::options(choices, &exchange, &self.settings, &mut self.warnings))
    }

    fn planned(
        &mut self,
        cart: &Cart,
        to: &Place,
        goods: &[Good<'_>],
        facts: &mut Facts,
    ) -> Result<Vec<Shipment>, Problem> {
        if to.country.is_empty() {
            let message = "the destination has no country that is known, and Starshipit prices nothing without one";
            return Err(Problem::new(Disposition::Rejected, message)
                .field("destination.country", "an ISO 3166-1 code is wanted"));
        }
        let shipments = shipments::shipments(&self.settings, cart, goods, facts)?;
        facts.packed(&shipments);
        self.parcels = shipments::told(&shipments, goods, &self.settings.boxes);
        Ok(shipments)
    }

    /// Asks for all shipments side by side and adds the answers up.
    async fn priced(
        &mut self,
        port: &Port,
        cart: &Cart,
        to: &Place,
        shipments: Vec<Shipment>,
    ) -> Result<Vec<Offered>, Problem> {
        let asked = shipments.iter().map(|one| {
            let question = self.question(one, cart, to);
            Box::pin(async move { question.answered(port).await }) as Pin<Box<dyn Future<Output = Answered>>>
        });
        let answers = all(asked.collect()).await;
        let mut parts: Vec<Result<Prices, Problem>> = Vec::new();
        for (answered, one) in answers.into_iter().zip(&shipments) {
            let from = if one.name.is_empty() { String::new() } else { format!("{}: ", one.name) };
            self.warnings.extend(answered.warnings.into_iter().map(|warning| format!("{from}{warning}")));
            self.keep.extend(answered.keep);
            parts.push(answered.prices);
        }
        added_up(parts.into_iter().collect::<Result<_, _>>()?, &mut self.warnings)
    }

    fn question(&self, shipment: &Shipment, cart: &Cart, to: &Place) -> Question<'_> {
        let name = if shipment.name.is_empty() { "rates".to_owned() } else { format!("rates-{}", shipment.name) };
        let account = if shipment.account.is_empty() { &self.job.account } else { &shipment.account };
        let destination = asking::address(to, &self.settings);
        Question {
            name,
            account: account.clone(),
            ask: asking::ask(shipment.sender.clone(), destination, &shipment.parcels, &cart.currency),
            settings: &self.settings,
        }
    }

    /// Each warning once.
    fn even_warnings(&mut self) {
        let mut kept: Vec<String> = Vec::new();
        for warning in std::mem::take(&mut self.warnings) {
            if !kept.contains(&warning) {
                kept.push(warning);
            }
        }
        self.warnings = kept;
    }
}

fn settings(bytes: &[u8]) -> Result<Settings, Problem> {
    let settings = Settings::read(bytes).map_err(|mistake| unusable(vec![mistake]))?;
    settings.check().map_err(unusable)?;
    Ok(settings)
}

fn unusable(mut mistakes: Vec<FieldError>) -> Problem {
    let first = mistakes.first().map(|one| format!("{}: {}", one.path, one.message)).unwrap_or_default();
    for mistake in &mut mistakes {
        mistake.path =
            if mistake.path.is_empty() { "settings".to_owned() } else { format!("settings.{}", mistake.path) };
    }
    let message = format!("the settings of rates cannot be used: {first}");
    Problem { fields: mistakes, ..Problem::new(Disposition::Rejected, message) }
}
