//! Documentation matches the program.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

pub fn home() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Checks that a generated file is up to date; `UPDATE_DOCUMENTS=1 cargo test -p tests documents` regenerates it.
fn is_generated(path: &str, generated: &str) {
    let path = home().join(path);
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(&path, generated).unwrap();
    }
    let is_so = fs::read_to_string(&path).unwrap() == generated;
    assert!(is_so, "{} is out of date; run: UPDATE_DOCUMENTS=1 cargo test -p tests documents", path.display());
}

#[test]
fn generated_files_say_what_the_code_says() {
    is_generated("scenarios/schema/scenario.schema.json", &scenarios::schema::json_schema());
    is_generated("docs/reference/columns.md", &analysis::tables::document());
    is_generated("docs/reference/scenario.md", &scenarios::schema::reference());
    is_generated("docs/reference/presets.md", &appealsim::preset_reference());
    is_generated("docs/reference/commands.md", &appealsim::reference());
    is_generated("docs/reference/validation.md", &scenarios::validation::validation().unwrap());
}

/// The page names files; there are tests in each, and in any other folder than `tests` a test is marked as one.
#[test]
fn proofs_are_where_the_page_says() {
    let page = fs::read_to_string(home().join("docs/reference/validation.md")).unwrap();
    let (_, proofs) = page.split_once("## Proofs that run with the tests").unwrap();
    let (table, _) = proofs.split_once("\n## ").unwrap();
    let places: Vec<Block> = inline(table).collect();
    assert!(places.len() > 10, "{}", places.len());
    for Block { text: place, .. } in places {
        let path = home().join(&place);
        let files =
            if path.is_dir() { fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()).collect() } else { vec![path] };
        let is_test =
            |text: String| text.contains("#[test]") || (place.starts_with("tests/") && text.contains("assert"));
        assert!(files.iter().any(|file| fs::read_to_string(file).is_ok_and(is_test)), "there is no test in {place}");
    }
}

/// Its longest sections take minutes, so one stands for all; `tests/src/left_out.rs` says what makes the page.
#[test]
fn what_is_left_out_changes_as_much_as_its_page_says() {
    let page = fs::read_to_string(home().join("docs/reference/left-out.md")).unwrap();
    let section = tests::left_out::section("quickstart").unwrap();
    assert!(page.contains(&section), "docs/reference/left-out.md is out of date; now:\n{section}");
    for name in tests::left_out::names() {
        assert!(page.contains(&format!("\n## {name}\n")), "no section of {name}");
    }
}

#[test]
fn shipped_scenarios_name_the_schema_and_are_fine() {
    for entry in fs::read_dir(home().join("scenarios/files")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# yaml-language-server: $schema=../schema/scenario.schema.json\n"), "{path:?}");
        let name = path.file_stem().unwrap().to_string_lossy();
        assert!(text.contains(&format!("\nname: {name}\n")), "{path:?}");
        Command::cargo_bin("appealsim-under-test").unwrap().arg("validate").arg(&path).assert().success();
    }
}

/// A block of code in a page: its language, the rest of its info string, and its text. Code inside sentences has the
/// language `inline`.
struct Block {
    language: String,
    name: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut prose = String::new();
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => {
                blocks.extend(inline(&std::mem::take(&mut prose)));
                let (language, name) = info.split_once(' ').unwrap_or((info, ""));
                open = Some(Block { language: language.into(), name: name.trim().into(), text: String::new() });
            }
            (Some(_), Some("")) => blocks.extend(open.take()),
            (Some(block), _) => block.text += &format!("{line}\n"),
            (None, None) => prose += &format!("{line}\n"),
        }
    }
    assert!(open.is_none(), "an unclosed block");
    blocks.extend(inline(&prose));
    blocks
}

/// The code inside sentences, which may go on in the next line.
fn inline(prose: &str) -> impl Iterator<Item = Block> {
    let code = prose.split('`').skip(1).step_by(2);
    let words = code.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "));
    words.map(|text| Block { language: "inline".into(), name: String::new(), text })
}

fn pages(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut pages = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages.extend(self::pages(&path));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
    pages.sort();
    pages
}

/// A folder with the shipped scenario files, as a user's clone has them.
pub fn clone() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("scenarios/files");
    fs::create_dir_all(&files).unwrap();
    for entry in fs::read_dir(home().join("scenarios/files")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            fs::copy(&path, files.join(path.file_name().unwrap())).unwrap();
        }
    }
    write_few(&files.join(FEW));
    folder
}

/// A folder beside the scenario files with the first images of Fashion-MNIST.
const FEW: &str = "few-images";

/// Writes enough images for thresholds to be found, and so few that the networks are soon through.
fn write_few(folder: &Path) {
    const IMAGES: usize = 2_000;
    let all = inference::dataset::fashion_mnist().unwrap();
    fs::create_dir(folder).unwrap();
    let head = |magic: u32, extents: &[u32]| -> Vec<u8> {
        [magic].iter().chain(extents).flat_map(|number| number.to_be_bytes()).collect()
    };
    let (mut images, mut labels) = (head(0x803, &[IMAGES as u32, 28, 28]), head(0x801, &[IMAGES as u32]));
    for image in 0..IMAGES {
        images.extend(all.image(image).iter());
        labels.push(all.label(image));
    }
    fs::write(folder.join("t10k-images-idx3-ubyte"), images).unwrap();
    fs::write(folder.join("t10k-labels-idx1-ubyte"), labels).unwrap();
}

/// Runs a command as a page shows it and returns what it prints. Runs of shipped scenarios are cut to five seconds and
/// a few images, and first validated as they stand; of a million devices, which take a gigabyte, that is all. Trainings are cut short.
fn follow(folder: &Path, words: &[String]) -> String {
    if words.iter().any(|word| word.starts_with("inference/training")) && !folder.join("inference").exists() {
        copy_training(folder);
    }
    let mut command = Command::cargo_bin("appealsim-under-test").unwrap();
    command.current_dir(folder).args(words);
    if words[0] == "run" && words[1].starts_with("scenarios/files") && !words.contains(&"--dry-run".to_owned()) {
        let told = follow(folder, &validation(&words[1], words));
        if words.iter().any(|word| word.ends_with("count=1000000")) {
            return told;
        }
        command.args(["--set", "duration=5s", "--set", "warmup=0s", "--set", &format!("dataset={FEW}")]);
    }
    String::from_utf8(command.assert().success().get_output().stdout.clone()).unwrap()
}

/// The command that validates a scenario as a run with these words would set it.
fn validation(scenario: &str, words: &[String]) -> Vec<String> {
    let set = words.windows(2).filter(|pair| ["--set", "--sweep"].contains(&pair[0].as_str()));
    ["validate".into(), scenario.into()].into_iter().chain(set.flatten().cloned()).collect()
}

/// The words of a command line; quotes keep spaces together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.split(" #").next().unwrap_or_default().trim().chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    words
}

/// What follows the program's name in a command line.
fn arguments(line: &str) -> Option<&str> {
    line.strip_prefix("appealsim ").or_else(|| line.strip_prefix("cargo run --release -- "))
}

/// Every command of the README and the documentation works, whether in a block or inside a sentence, and every scenario
/// in them is valid. What a page shows as a file (`yaml yard.yaml`) is available to its commands, and what it shows as
/// output (`text printed`) was printed by the commands before; `sh norun` blocks build and test, which continuous
/// integration does.
///
/// Inside a sentence, settings without a command are for the scenario that the page has named last. Most of them are
/// about runs too long for a test, so they are only validated.
#[test]
fn what_the_documentation_shows_works() {
    let mut all = pages(&home().join("docs"));
    all.push(home().join("README.md"));
    let counts: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let read = |page| {
            let mut reader =
                Reader { folder: clone(), scenario: String::new(), printed: String::new(), counts: (0, 0) };
            blocks(&fs::read_to_string(page).unwrap()).iter().for_each(|block| reader.does(block, page));
            reader.counts
        };
        let pages: Vec<_> = all.iter().map(|page| scope.spawn(move || read(page))).collect();
        pages.into_iter().map(|page| page.join().unwrap()).collect()
    });
    let (run, kept_back) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
    assert!(run >= 75 && kept_back <= 2, "{run} commands ran, {kept_back} blocks were skipped");
}

/// Somebody who does what a page shows.
struct Reader {
    /// A clone of the reader's own.
    folder: tempfile::TempDir,
    /// The shipped scenario that the page has named last.
    scenario: String,
    /// What the commands have printed.
    printed: String,
    /// How many commands ran, and how many blocks were skipped.
    counts: (usize, usize),
}

impl Reader {
    fn does(&mut self, block: &Block, page: &Path) {
        match (block.language.as_str(), block.name.as_str()) {
            // A network's description; the reader has to make its weights, so some are made here.
            ("yaml", name) if block.text.contains("extractor:") => {
                inference::Architecture::parse(&block.text, name).unwrap();
                fs::write(self.folder.path().join(name), &block.text).unwrap();
                make_weights(self.folder.path(), name);
            }
            ("yaml", "") => panic!("{}: a scenario without a name:\n{}", page.display(), block.text),
            ("yaml" | "csv" | "text", name) if name.contains('.') => {
                fs::write(self.folder.path().join(name), &block.text).unwrap();
                if block.language == "yaml" {
                    self.runs(&["validate".into(), name.into()]);
                }
            }
            ("text", "printed") => {
                assert!(self.printed.contains(&block.text), "{}: printed:\n{}", page.display(), self.printed);
            }
            ("sh", "norun") => self.counts.1 += 1,
            ("sh", _) => block.text.lines().filter_map(arguments).for_each(|line| self.runs(&words(line))),
            ("inline", _) => self.does_inside_a_sentence(&block.text, page),
            _ => {}
        }
    }

    fn does_inside_a_sentence(&mut self, code: &str, page: &Path) {
        let shipped = format!("scenarios/files/{code}");
        if code.ends_with(".yaml") && home().join(&shipped).exists() {
            self.scenario = shipped;
        }
        let example = code.replace("presets show NAME", "presets show lte").replace("help COMMAND", "help run");
        match arguments(&example) {
            // Without arguments, it is only the command's name.
            Some(line) if line.contains(' ') => self.runs(&words(line)),
            None if ["--set ", "--sweep "].iter().any(|option| code.starts_with(option)) && !code.contains("PATH=") => {
                assert!(!self.scenario.is_empty(), "{}: `{code}` of which scenario?", page.display());
                self.runs(&validation(&self.scenario, &words(code)));
            }
            _ => {}
        }
    }

    fn runs(&mut self, words: &[String]) {
        if let Some(scenario) = words.iter().find(|word| word.starts_with("scenarios/files")) {
            self.scenario.clone_from(scenario);
        }
        self.printed += &follow(self.folder.path(), words);
        self.counts.0 += 1;
    }
}

/// What the comments of shipped scenarios suggest can be done: settings in backticks are valid as they stand, and run.
/// None stand elsewhere, where they would not be tried.
#[test]
fn what_scenario_files_suggest_works() {
    let folder = clone();
    // A reader's own recording of a drive.
    fs::write(folder.path().join("scenarios/files/PATH"), "0,8 Mbps\n30,1 Mbps\n").unwrap();
    let mut tried = 0;
    for entry in fs::read_dir(home().join("scenarios/files")).unwrap() {
        let name = format!("scenarios/files/{}", entry.unwrap().file_name().display());
        for (place, text) in comment(&name).split('`').enumerate() {
            if place % 2 == 0 {
                assert!(!text.contains("--"), "{name}: not in backticks: {text}");
            } else if text.starts_with("--") {
                tried += 1;
                follow(folder.path(), &words(&format!("run {name} {text} --out results/{tried}")));
            }
        }
    }
    assert!(tried >= 12, "only {tried}");
}

/// The comment of a scenario file, as one line.
pub fn comment(path: &str) -> String {
    let text = fs::read_to_string(home().join(path)).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix('#'));
    lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// Artificial training images, so few that training on them is quick.
fn make_images(folder: &Path) {
    let idx = |name: &str, extents: &[u32], byte: fn(usize) -> u8| {
        let mut bytes = vec![0, 0, 8, extents.len() as u8];
        extents.iter().for_each(|extent| bytes.extend(extent.to_be_bytes()));
        bytes.extend((0..extents.iter().product::<u32>() as usize).map(byte));
        fs::write(folder.join(name), bytes).unwrap();
    };
    idx("train-images-idx3-ubyte", &[200, 28, 28], |at| (at / 784 % 10 * 20 + at % 7) as u8);
    idx("train-labels-idx1-ubyte", &[200], |at| (at % 10) as u8);
}

/// Trains a network briefly, so that it has weights.
fn make_weights(folder: &Path, network: &str) {
    make_images(folder);
    let weights = Path::new(network).with_extension("safetensors");
    let recipe = format!(
        "network: {network}\ndataset: .\nheld-out: 0.2\nseed: 1\noutput: {}\n\
         classify: {{epochs: 1, batch: 32, rate: 0.1, weight-decay: 0}}\n\
         joint: {{steps: {{epochs: 1, batch: 32, rate: 0.1, weight-decay: 0}}, box: black}}\n",
        weights.display()
    );
    fs::write(folder.join("recipe.yaml"), recipe).unwrap();
    follow(folder, &["train".into(), "recipe.yaml".into()]);
}

/// The shipped training files and networks, cut short to one epoch on artificial images.
fn copy_training(folder: &Path) {
    for room in ["inference/training", "inference/networks"] {
        fs::create_dir_all(folder.join(room)).unwrap();
        for entry in fs::read_dir(home().join(room)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(room).join(path.file_name().unwrap())).unwrap();
        }
    }
    make_images(folder);
    for entry in fs::read_dir(folder.join("inference/training")).unwrap() {
        let path = entry.unwrap().path();
        let mut recipe = fs::read_to_string(&path).unwrap();
        for epochs in (2..=99).rev() {
            recipe = recipe.replace(&format!("epochs: {epochs}"), "epochs: 1");
        }
        // There are not that many images, least of all of a few classes.
        recipe = recipe.replace("batch: 1024", "batch: 64").replace("batch: 128", "batch: 64");
        let short = recipe.replace("/usr/share/datasets/fashion-mnist", "../..").replace("../data/mnist", "../..");
        assert!(short.contains("dataset: ../..") && short.contains("epochs: 1"), "{}", path.display());
        fs::write(&path, short).unwrap();
    }
}

/// Every page is in the table of contents, and every link leads somewhere.
#[test]
fn pages_are_listed_and_links_lead_somewhere() {
    let docs = home().join("docs");
    let contents = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut all = pages(&docs);
    all.extend([home().join("README.md"), home().join("ARCHITECTURE.md")]);
    for page in all {
        if let Ok(path) = page.strip_prefix(&docs) {
            let listed = contents.contains(&format!("({})", path.display()));
            assert!(listed || path == Path::new("SUMMARY.md"), "{} is not in SUMMARY.md", path.display());
        }
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().unwrap_or_default();
            if link.starts_with("http") || file.is_empty() {
                continue;
            }
            assert!(page.parent().unwrap().join(file).exists(), "{}: {link} leads nowhere", page.display());
        }
    }
}
