//! What any request may be refused for, whatever it asks: described once for all of them.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{ContentBuilder, OpenApi, PathItem, Ref, Response, ResponseBuilder};

/// The statuses, and what they say where nothing more exact is said.
const ALL: [(&str, &str); 4] = [
    ("400", "Something of what was asked cannot be read, or is not known; the reason says what."),
    ("401", "The hub has users, and does not know who asks."),
    ("403", "Whoever asks may not; or asks under a name that is none of the hub's, or out of another site's page."),
    ("500", "The hub has failed; its log tells why."),
];

/// Adds them to every operation of `description`.
pub(super) fn describe(description: &mut OpenApi) {
    description.paths.paths.values_mut().flat_map(operations).for_each(|operation| {
        for (status, why) in ALL {
            operation.responses.responses.entry(status.to_owned()).or_insert_with(|| refusal(why).into());
        }
    });
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, .. } = item;
    [get, put, post, delete].into_iter().flatten()
}

fn refusal(why: &str) -> Response {
    let reason = ContentBuilder::new().schema(Some(Ref::from_schema_name("Reason"))).build();
    ResponseBuilder::new().description(why).content("application/json", reason).build()
}
