// Formulas that are wider than their line scroll in it, the results of a search show formulas as they
// look, not as they are typed, and a notebook can be downloaded where no server sends it.

function asText(formula) {
  const drawn = document.createElement("span");
  katex.render(formula, drawn, { output: "mathml", throwOnError: false });
  drawn.querySelectorAll("annotation").forEach((typed) => typed.remove());
  const inside = (text) => (text.length > 1 ? `(${text})` : text);
  const written = { // from the inside out: what stands above, below or under a root is said in a line
    mfrac: ([top, bottom]) => `${inside(top)}/${inside(bottom)}`,
    msqrt: (parts) => `√${inside(parts.join(""))}`,
    msub: ([base, below]) => `${base}_${inside(below)}`,
    munder: ([base, below]) => `${base}_${inside(below)}`,
    msup: ([base, above]) => `${base}^${inside(above)}`,
    msubsup: ([base, below, above]) => `${base}_${inside(below)}^${inside(above)}`,
  };
  for (const element of [...drawn.querySelectorAll(Object.keys(written).join())].reverse()) {
    element.textContent = written[element.localName]([...element.children].map((e) => e.textContent));
  }
  return drawn.textContent;
}

function markWideFormulas() {
  for (const math of document.querySelectorAll("span.math")) {
    math.classList.remove("wide");
    math.classList.toggle("wide", math.offsetWidth > math.parentElement.clientWidth);
  }
}

// A browser saves a notebook that a server sends, and shows the text of one that it finds in a file.
// There a script beside the notebook calls handOver with its text.
function download(click) {
  if (location.protocol !== "file:") return;
  click.preventDefault();
  const script = document.createElement("script");
  script.src = click.currentTarget.href.replace(/ipynb$/, "js");
  document.body.append(script);
}

function handOver(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text]));
  link.download = name;
  link.click();
}

document.addEventListener("DOMContentLoaded", () => {
  markWideFormulas();
  for (const link of document.querySelectorAll('a.download[href$=".ipynb"]')) link.addEventListener("click", download);
  if (typeof Search === "undefined") return;
  const textOf = Search.htmlToText;
  Search.htmlToText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    page.querySelectorAll("pre, .viewcode-link, .ways-to-run, .playground").forEach((e) => e.remove());
    for (const math of page.querySelectorAll(".math")) {
      math.textContent = asText(math.textContent.trim().slice(2, -2));
    }
    return textOf(page.documentElement.outerHTML, anchor);
  };
});
window.addEventListener("resize", markWideFormulas);
