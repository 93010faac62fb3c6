// Typesets formulas: reads [[TeX, whether it is displayed], ...] as JSON, writes {html: [...], css}.
const { readFileSync } = require("fs");

const [mathjax, fontURL] = process.argv.slice(2);
require(`${mathjax}/es5/node-main.js`)
  .init({
    loader: { load: ["input/tex", "output/chtml", "a11y/assistive-mml"] },
    tex: { packages: { "[-]": ["noundefined"] } }, // an unknown command is an error
    chtml: { fontURL },
  })
  .then(async (MathJax) => {
    const { adaptor } = MathJax.startup;
    const html = [];
    for (const [tex, display] of JSON.parse(readFileSync(0, "utf8")))
      html.push(adaptor.outerHTML(await MathJax.tex2chtmlPromise(tex, { display })));
    const css = adaptor.textContent(MathJax.chtmlStylesheet());
    process.stdout.write(JSON.stringify({ html, css }));
  });
