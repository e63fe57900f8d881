//! One call of a contract with its checks.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::{Request, Response};

/// A method on a path template.
#[derive(Debug)]
pub(super) struct Operation {
    method: String,
    template: Vec<Segment>,
    parameters: Vec<Parameter>,
    /// Alternatives of header sets: each is one way to prove who is asking.
    security: Vec<Vec<Credential>>,
    body_required: bool,
    bodies: BTreeMap<String, Schema>,
    answers: BTreeMap<String, BTreeMap<String, Schema>>,
}

#[derive(Debug)]
enum Segment {
    Fixed(String),
    Placeholder(String),
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: String,
    required: bool,
    list: bool,
    schema: Schema,
}

#[derive(Debug)]
struct Credential {
    header: String,
    scheme: Option<String>,
}

/// A schema that is compiled when it is first needed: a contract has hundreds and a test uses a few.
#[derive(Debug)]
struct Schema {
    source: Value,
    compiled: OnceLock<Result<Validator, String>>,
}

/// All calls of a document.
pub(super) fn all(document: &Value) -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in members(document.get("paths")) {
        for (method, call) in members(Some(item)) {
            if ["get", "put", "post", "delete", "patch"].contains(&method.as_str()) {
                operations.push(Operation::read(document, path, item, method, call));
            }
        }
    }
    operations
}

/// All webhooks of a document by the name of their event.
pub(super) fn webhooks(document: &Value) -> BTreeMap<String, Operation> {
    let named = members(document.get("webhooks")).filter_map(|(name, item)| Some((name, item, item.get("post")?)));
    named.map(|(name, item, call)| (name.clone(), Operation::read(document, "", item, "post", call))).collect()
}

impl Operation {
    fn read(document: &Value, path: &str, item: &Value, method: &str, call: &Value) -> Self {
        let shared = elements(item.get("parameters")).chain(elements(call.get("parameters")));
        let body = call.get("requestBody").map(|body| resolve(document, body));
        let security = call.get("security").or_else(|| document.get("security"));
        let answers = members(call.get("responses"))
            .map(|(status, answer)| (status.clone(), schemas(document, resolve(document, answer))));
        Self {
            method: method.to_ascii_uppercase(),
            template: path.split('/').filter(|part| !part.is_empty()).map(Segment::read).collect(),
            parameters: shared.map(|parameter| Parameter::read(document, resolve(document, parameter))).collect(),
            security: elements(security).map(|way| credentials(document, way)).collect(),
            body_required: body.is_some_and(|body| body.get("required") == Some(&Value::Bool(true))),
            bodies: body.map(|body| schemas(document, body)).unwrap_or_default(),
            answers: answers.collect(),
        }
    }

    pub(super) fn fits(&self, method: &str, segments: &[String]) -> bool {
        self.method.eq_ignore_ascii_case(method)
            && self.template.len() == segments.len()
            && self.template.iter().zip(segments).all(|(part, text)| match part {
                Segment::Fixed(fixed) => fixed == text,
                Segment::Placeholder(_) => !text.is_empty(),
            })
    }

    pub(super) fn placeholders(&self) -> usize {
        self.template.iter().filter(|part| matches!(part, Segment::Placeholder(_))).count()
    }

    pub(super) fn check_request(&self, request: &Request) -> Vec<String> {
        let mut problems = self.check_credentials(request);
        problems.extend(self.check_query(request));
        problems.extend(self.check_webhook(request));
        problems
    }

    /// The receiver's address is its own affair, and a signature stands for credentials.
    pub(super) fn check_webhook(&self, request: &Request) -> Vec<String> {
        let mut problems = Vec::new();
        for parameter in &self.parameters {
            let given = match parameter.place.as_str() {
                "header" => request.header(&parameter.name).map(str::to_owned),
                "path" => self.placeholder(&parameter.name, &request.segments()),
                _ => continue,
            };
            problems.extend(parameter.check(given.as_slice()));
        }
        problems.extend(self.check_body(request));
        problems
    }

    pub(super) fn check_response(&self, response: &Response) -> Vec<String> {
        let Some(contents) = self.answers.get(&response.status.to_string()).or_else(|| self.answers.get("default"))
        else {
            return vec!["the contract has no such status".to_owned()];
        };
        if contents.is_empty() {
            return Vec::new();
        }
        let kind = media_type(response.header("content-type"));
        match contents.get(&kind) {
            None => vec![format!("the contract has no answer of type `{kind}`")],
            Some(_) if !kind.ends_with("json") => Vec::new(),
            Some(schema) => match response.body_json() {
                Some(body) => schema.check("answer", &body),
                None => vec!["answer is not JSON".to_owned()],
            },
        }
    }

    fn check_credentials(&self, request: &Request) -> Vec<String> {
        let complete = |way: &Vec<Credential>| way.iter().all(|credential| credential.given(request));
        if self.security.is_empty() || self.security.iter().any(complete) {
            return Vec::new();
        }
        vec!["credentials are missing".to_owned()]
    }

    fn check_query(&self, request: &Request) -> Vec<String> {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in request.query() {
            given.entry(name).or_default().push(value);
        }
        let mut problems = Vec::new();
        for parameter in self.parameters.iter().filter(|parameter| parameter.place == "query") {
            problems.extend(parameter.check(&given.remove(&parameter.name).unwrap_or_default()));
        }
        problems.extend(given.into_keys().map(|name| format!("query parameter `{name}` is unknown")));
        problems
    }

    fn check_body(&self, request: &Request) -> Vec<String> {
        if self.bodies.is_empty() {
            let stray = !request.body.is_empty();
            return stray.then(|| "a body is not expected".to_owned()).into_iter().collect();
        }
        if request.body.is_empty() {
            return self.body_required.then(|| "the body is missing".to_owned()).into_iter().collect();
        }
        let kind = media_type(request.header("content-type"));
        let Some(schema) = self.bodies.get(&kind) else {
            return vec![format!("content type `{kind}` is not accepted")];
        };
        match kind.as_str() {
            "application/json" => match request.json() {
                Some(body) => schema.check("body", &body),
                None => vec!["the body is not JSON".to_owned()],
            },
            "application/x-www-form-urlencoded" => schema.check("body", &form(&request.body)),
            _ => Vec::new(),
        }
    }

    fn placeholder(&self, name: &str, segments: &[String]) -> Option<String> {
        let mut pairs = self.template.iter().zip(segments);
        pairs.find_map(|(part, text)| match part {
            Segment::Placeholder(key) if key == name => Some(text.clone()),
            _ => None,
        })
    }
}

impl Segment {
    fn read(part: &str) -> Self {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => Self::Placeholder(name.to_owned()),
            None => Self::Fixed(part.to_owned()),
        }
    }
}

impl Parameter {
    fn read(document: &Value, parameter: &Value) -> Self {
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        Self {
            name: text(parameter.get("name")),
            place: text(parameter.get("in")),
            required: parameter.get("required") == Some(&Value::Bool(true)),
            list: resolve(document, schema).get("type") == Some(&json!("array")),
            schema: Schema::new(document, schema),
        }
    }

    fn check(&self, given: &[String]) -> Vec<String> {
        let title = format!("{} parameter `{}`", self.place, self.name);
        if given.is_empty() {
            return self.required.then(|| format!("{title} is missing")).into_iter().collect();
        }
        if self.list {
            return self.schema.check(&title, &json!(given));
        }
        match given {
            [value] => self.schema.check_text(&title, value),
            _ => vec![format!("{title} is given {} times", given.len())],
        }
    }
}

impl Credential {
    fn given(&self, request: &Request) -> bool {
        request.header(&self.header).is_some_and(|value| match &self.scheme {
            None => !value.is_empty(),
            Some(scheme) => {
                let (given, rest) = value.split_once(' ').unwrap_or((value, ""));
                given.eq_ignore_ascii_case(scheme) && !rest.is_empty()
            }
        })
    }
}

impl Schema {
    /// The components travel with each schema, so that its local references resolve.
    fn new(document: &Value, schema: &Value) -> Self {
        let components = document.get("components").and_then(|components| components.get("schemas"));
        let source = json!({ "allOf": [schema], "components": { "schemas": components } });
        Self { source, compiled: OnceLock::new() }
    }

    fn validator(&self) -> &Result<Validator, String> {
        self.compiled.get_or_init(|| {
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            options.build(&self.source).map_err(|error| format!("schema cannot be read: {error}"))
        })
    }

    fn check(&self, title: &str, value: &Value) -> Vec<String> {
        match self.validator() {
            Err(problem) => vec![problem.clone()],
            Ok(validator) => {
                validator.iter_errors(value).map(|error| format!("{title}{}: {error}", error.instance_path())).collect()
            }
        }
    }

    /// A value from a path, a query or a header may be meant as text, number or truth.
    fn check_text(&self, title: &str, given: &str) -> Vec<String> {
        let mut readings = vec![Value::String(given.to_owned())];
        readings.extend(given.parse::<i64>().map(Value::from));
        readings.extend(given.parse::<bool>().map(Value::from));
        let fits = readings.iter().any(|value| self.check(title, value).is_empty());
        if fits { Vec::new() } else { vec![format!("{title} cannot be `{given}`")] }
    }
}

fn schemas(document: &Value, holder: &Value) -> BTreeMap<String, Schema> {
    let contents = members(holder.get("content"));
    contents
        .map(|(kind, content)| {
            (kind.clone(), Schema::new(document, content.get("schema").unwrap_or(&Value::Bool(true))))
        })
        .collect()
}

fn credentials(document: &Value, way: &Value) -> Vec<Credential> {
    let schemes = document.pointer("/components/securitySchemes");
    members(Some(way))
        .filter_map(|(name, _)| schemes?.get(name))
        .map(|scheme| match scheme.get("scheme").and_then(Value::as_str) {
            Some(kind) => Credential { header: "Authorization".to_owned(), scheme: Some(kind.to_owned()) },
            None => Credential { header: text(scheme.get("name")), scheme: None },
        })
        .collect()
}

fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn media_type(header: Option<&str>) -> String {
    header.unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn form(body: &[u8]) -> Value {
    let pairs = Request::new("POST", &format!("/?{}", String::from_utf8_lossy(body))).query();
    Value::Object(pairs.into_iter().map(|(name, value)| (name, Value::String(value))).collect::<Map<_, _>>())
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&String, &Value)> {
    value.and_then(Value::as_object).into_iter().flatten()
}

fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}
