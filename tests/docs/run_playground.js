// Loads the scripts of the playground's page in their order, evaluates an expression in `input`, and
// prints its value:    node run_playground.js FOLDER < {"code": "...", "input": ...}
const fs = require("fs"), path = require("path"), vm = require("vm");

const folder = process.argv[2];
const page = fs.readFileSync(path.join(folder, "index.html"), "utf8");
const scripts = [...page.matchAll(/<script src="([^"]+)"/g)].map(([, name]) => name);
for (const name of scripts.filter((name) => name !== "page.js")) { // which needs a browser
  vm.runInThisContext(fs.readFileSync(path.join(folder, name), "utf8"), name);
}
const { code, input } = JSON.parse(fs.readFileSync(0, "utf8"));
globalThis.input = input;
globalThis.matrix = (rows) => // an array of NumPy's, as a Matrix
  new (vm.runInThisContext("Matrix"))(rows.length, rows[0].length, Float64Array.from(rows.flat()));
const plain = (key, value) => (ArrayBuffer.isView(value) ? Array.from(value) : value);
process.stdout.write(JSON.stringify(vm.runInThisContext(`(() => { ${code} })()`), plain));
