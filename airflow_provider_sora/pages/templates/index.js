document.querySelector("input").addEventListener("input",e=>{const q=e.target.value.toLowerCase();
document.querySelectorAll(".family").forEach(f=>{f.hidden=!f.textContent.toLowerCase().includes(q)})});
document.addEventListener("play",e=>{document.querySelectorAll("video").forEach(v=>{if(v!==e.target)v.pause()})},true);
