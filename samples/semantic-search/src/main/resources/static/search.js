const form = document.getElementById("search");
const results = document.getElementById("results");
const message = document.getElementById("message");
let searches = 0;

/** A time of the input, which has no zone, as the server takes it. */
function instant(local) {
	return local ? new Date(local).toISOString() : "";
}

function parameters() {
	const query = new URLSearchParams();
	for (const [name, value] of new FormData(form)) {
		if (value) {
			query.set(name, value);
		}
	}
	return query;
}

function show(text, isError = false) {
	message.textContent = text;
	message.classList.toggle("error", isError);
}

async function ask(address, options) {
	const response = await fetch(address, options);
	if (!response.ok) {
		const problem = await response.json().catch(() => ({}));
		throw new Error(problem.detail ?? `The server answered ${response.status}`);
	}
	return response;
}

async function search() {
	const query = parameters();
	history.replaceState(null, "", query.size ? `?${query}` : location.pathname);
	if (!query.get("q")?.trim()) {
		results.replaceChildren();
		show("");
		return;
	}
	if (query.has("asOf")) {
		query.set("asOf", instant(query.get("asOf")));
	}
	const number = ++searches;
	results.classList.add("stale");
	try {
		const found = await (await ask(`api/search?${query}`)).json();
		if (number !== searches) {
			return;
		}
		results.replaceChildren(...found.map((result) => item(result, words(query.get("q")))));
		results.dataset.question = query.get("q");
		show(found.length ? "" : "Nothing was found.");
	} catch (error) {
		if (number === searches) {
			results.replaceChildren();
			show(error.message, true);
		}
	} finally {
		if (number === searches) {
			results.classList.remove("stale");
		}
	}
}

function words(question) {
	return new Set(question.toLowerCase().match(/[\p{L}\p{M}\p{N}]{3,}/gu) ?? []);
}

function element(name, className, ...content) {
	const made = document.createElement(name);
	made.className = className;
	made.append(...content);
	return made;
}

/** The text, with the words of the question marked. It never becomes HTML. */
function marked(text, wanted) {
	return text.split(/([\p{L}\p{M}\p{N}]+)/u)
		.map((part) => (wanted.has(part.toLowerCase()) ? element("mark", "", part) : part));
}

function item(result, wanted) {
	return element("li", "",
		element("header", "",
			element("h2", "", ...marked(result.heading, wanted)),
			element("span", "similarity", `similarity ${result.similarity.toFixed(2)}`)),
		element("div", "file", result.path),
		element("p", "text", ...marked(result.text, wanted)));
}

const states = {
	RUNNING: (run) => `Indexing ${run.current ?? "…"}, ${run.done} of ${run.total} files`,
	COMPLETE: () => "",
	CANCELLED: (run) => `Indexing was cancelled after ${run.done} of ${run.total} files`,
	FAILED: (run) => `Indexing failed: ${run.failures.at(-1)}`,
};

async function watch() {
	let run;
	do {
		run = await (await ask("api/indexing")).json();
		const text = states[run.state](run);
		document.getElementById("indexing").hidden = !text;
		document.getElementById("state").textContent = text;
		document.getElementById("cancel").hidden = run.state !== "RUNNING";
		const bar = document.getElementById("progress");
		bar.max = Math.max(run.total, 1);
		bar.value = run.done;
		await new Promise((resume) => setTimeout(resume, run.state === "RUNNING" ? 300 : 0));
	} while (run.state === "RUNNING");
	await listDocuments(run);
}

async function listDocuments(run) {
	const paths = await (await ask("api/documents")).json();
	const select = document.getElementById("path");
	const chosen = select.value;
	select.replaceChildren(select.options[0], ...paths.map((path) => new Option(path, path, false, path === chosen)));
	const failed = run.failures.length ? `, ${run.failures.length} could not be read` : "";
	document.getElementById("summary").textContent = `${paths.length} files indexed${failed}`;
}

async function command(address) {
	try {
		await ask(address, { method: "POST" });
		await watch();
	} catch (error) {
		show(error.message, true);
	}
}

form.addEventListener("submit", (event) => {
	event.preventDefault();
	search();
});
form.querySelector(".filters").addEventListener("change", search);
document.getElementById("refresh").addEventListener("click", () => command("api/indexing"));
document.getElementById("cancel").addEventListener("click", () => ask("api/indexing/cancel", { method: "POST" }));

for (const [name, value] of new URLSearchParams(location.search)) {
	const field = form.elements[name];
	if (field?.type === "checkbox") {
		field.checked = value === field.value;
	} else if (field) {
		if (name === "path") {
			field.add(new Option(value, value));
		}
		field.value = value;
	}
}
search();
watch().catch((error) => show(error.message, true));
