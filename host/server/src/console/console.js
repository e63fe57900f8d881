// Keeps a page up to date and lets it be used by keyboard. Everything works without it, too.
"use strict";
(() => {
  const EVERY_MS = 3000;
  const WITHIN_MS = 10000;
  const live = document.getElementById("live");
  const said = document.getElementById("said");

  // ---- up to date

  // Each part as the server last wrote it: what people have opened in it since is no change.
  const written = new Map();
  const parts = (root) => Array.from(root.querySelectorAll("[data-part]"));
  if (live) parts(live).forEach((part) => written.set(part.id, part.outerHTML));

  // Tells whoever does not see it how many orders need them, when that has changed.
  let attention = count(document);
  function count(root) {
    const shown = root.querySelector("[data-count]");
    return shown ? shown.textContent : null;
  }

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  // The element of the same id that may be focused after `old` is gone.
  function refocus(id) {
    const element = id && document.getElementById(id);
    if (element) element.focus({ preventScroll: true });
  }

  function exchange(part, fresh) {
    const open = Array.from(part.querySelectorAll("details[open][id]"), (details) => details.id);
    const within = part.contains(document.activeElement) ? document.activeElement : null;
    const focused = within && (within.id || (within.tagName === "SUMMARY" && within.parentElement.id));
    const node = document.importNode(fresh, true);
    part.replaceWith(node);
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    if (!within) return;
    const target = focused && document.getElementById(focused);
    refocus(target && target.tagName === "DETAILS" ? undefined : focused);
    if (target && target.tagName === "DETAILS") target.firstElementChild.focus({ preventScroll: true });
  }

  function show(text) {
    const page = new DOMParser().parseFromString(text, "text/html");
    const x = window.scrollX, y = window.scrollY;
    for (const fresh of parts(page)) {
      const part = document.getElementById(fresh.id);
      const html = fresh.outerHTML;
      if (!part || written.get(fresh.id) === html) continue;
      written.set(fresh.id, html);
      exchange(part, fresh);
    }
    window.scrollTo(x, y);
    const now = count(document);
    if (now !== attention) {
      attention = now;
      say(now + " orders need attention");
    } else if (said.dataset.trouble) {
      say("");
    }
    delete said.dataset.trouble;
  }

  let shown = "";
  let rounds = 0;
  let timer = 0;
  async function refresh() {
    clearTimeout(timer);
    if (document.hidden) return;
    try {
      // Now and then all of it: another program may have changed what no row tells of.
      const known = (rounds += 1) % 10 ? shown : "";
      const answer = await fetch(location.href, {
        headers: { "x-fragment": "live", "x-shown": known },
        signal: AbortSignal.timeout(WITHIN_MS),
        cache: "no-store",
      });
      if (answer.status === 401) {
        const link = document.createElement("a");
        link.href = location.href;
        link.textContent = "You are logged out: log in again";
        said.replaceChildren(link);
        return;
      }
      if (answer.status === 200) {
        shown = answer.headers.get("x-shown") || "";
        show(await answer.text());
      } else if (answer.status !== 204) {
        throw new Error(String(answer.status));
      }
    } catch {
      said.dataset.trouble = "yes";
      say("The server does not answer; this may be out of date");
    }
    timer = setTimeout(refresh, EVERY_MS);
  }
  if (live) {
    timer = setTimeout(refresh, EVERY_MS);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) refresh();
    });
  }

  // ---- by keyboard

  function step(by) {
    const rows = Array.from(document.querySelectorAll("[data-row]"));
    if (!rows.length) return false;
    const at = rows.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
    const row = rows[Math.min(Math.max(next, 0), rows.length - 1)];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const active = document.activeElement;
    const typing = active && active.matches("input, select, textarea");
    if (typing) {
      if (event.key === "Escape") active.blur();
      return;
    }
    const onRow = active && active.matches("[data-row]");
    const search = document.querySelector("[data-search]");
    let done = false;
    if (event.key === "j" || (onRow && event.key === "ArrowDown")) done = step(1);
    else if (event.key === "k" || (onRow && event.key === "ArrowUp")) done = step(-1);
    else if (event.key === "/" && search) {
      search.focus();
      search.select();
      done = true;
    }
    if (done) event.preventDefault();
  });

  // A form that is sent twice by an impatient finger is sent once.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, EVERY_MS);
  });
})();
