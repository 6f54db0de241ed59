//! From a producer to a consumer over a loopback server: what is served, and every way a download goes wrong.

use std::fs;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::digest::{Algorithm, Digest};
use crate::fetch::{self, FetchError, Fetcher};
use crate::ignore::Rules;
use crate::open::{self, ArtifactCache};
use crate::{pack, serve};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::{TcpListener, TcpStream};

async fn start(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

fn fetcher(change: impl FnOnce(&mut fetch::Options)) -> Fetcher {
    let mut options = fetch::Options {
        retries: 3,
        min_pause: Duration::from_millis(1),
        max_pause: Duration::from_millis(2),
        ..fetch::Options::default()
    };
    change(&mut options);
    Fetcher::new(options).unwrap()
}

fn archive(files: &[(&str, &str)]) -> (Digest, Bytes) {
    let mut packer = pack::Packer::new(Vec::new(), pack::Options::default());
    for (path, text) in files {
        packer.file(path, false, text.as_bytes()).unwrap();
    }
    let (packed, bytes) = packer.finish().unwrap();
    (packed.digest, bytes.into())
}

/// A server that counts its requests and answers the n-th one with `answer(n)`.
async fn scripted(
    answer: impl Fn(usize) -> Response + Clone + Send + Sync + 'static,
) -> (String, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let router = Router::new()
        .route(
            "/a.tar.gz",
            get(move |State(count): State<Arc<AtomicUsize>>| async move {
                answer(count.fetch_add(1, Ordering::SeqCst))
            }),
        )
        .with_state(count.clone());
    (format!("http://{}/a.tar.gz", start(router).await), count)
}

// === the file server ===

fn stored() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let object = root.path().join("gitrepository/apps/podinfo");
    fs::create_dir_all(&object).unwrap();
    fs::write(object.join("a.tar.gz"), "0123456789").unwrap();
    fs::write(object.join("a.tar.gz.lock"), "").unwrap();
    fs::write(object.join(".tmp-x"), "").unwrap();
    std::os::unix::fs::symlink("a.tar.gz", object.join("latest.tar.gz")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", object.join("outside")).unwrap();
    root
}

async fn request(url: &str, method: reqwest::Method, headers: HeaderMap) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    client.request(method, url).headers(headers).send().await.unwrap()
}

#[tokio::test]
async fn files_are_served_whole_in_part_and_as_headers() {
    fetcher(|_| {});
    let root = stored();
    let base = format!("http://{}/gitrepository/apps/podinfo", start(serve::router(root.path())).await);
    for name in ["a.tar.gz", "latest.tar.gz", "%61.tar.gz"] {
        let whole = request(&format!("{base}/{name}"), reqwest::Method::GET, HeaderMap::new()).await;
        assert_eq!((whole.status(), whole.content_length()), (StatusCode::OK, Some(10)), "{name}");
        assert_eq!(whole.text().await.unwrap(), "0123456789");
    }
    let range = HeaderMap::from_iter([(reqwest::header::RANGE, "bytes=2-4".parse().unwrap())]);
    let part = request(&format!("{base}/a.tar.gz"), reqwest::Method::GET, range).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.text().await.unwrap(), "234");
    let head = request(&format!("{base}/a.tar.gz"), reqwest::Method::HEAD, HeaderMap::new()).await;
    assert_eq!(head.headers()["content-length"], "10");
    assert_eq!(head.text().await.unwrap(), "");
    let post = request(&format!("{base}/a.tar.gz"), reqwest::Method::POST, HeaderMap::new()).await;
    assert_eq!(post.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn directories_are_listed_without_hidden_files() {
    fetcher(|_| {});
    let root = stored();
    let base = format!("http://{}", start(serve::router(root.path())).await);
    let page =
        request(&format!("{base}/gitrepository/apps/podinfo/"), reqwest::Method::GET, HeaderMap::new()).await;
    let page = page.text().await.unwrap();
    assert!(page.contains("a.tar.gz<") && page.contains("latest.tar.gz<"), "{page}");
    assert!(!page.contains(".lock") && !page.contains(".tmp"), "{page}");
    let bare = request(&format!("{base}/gitrepository/apps"), reqwest::Method::GET, HeaderMap::new()).await;
    assert_eq!(bare.headers()["location"], "./apps/");
}

/// Sends a path as it is, which clients would normalise.
async fn status_of(address: SocketAddr, path: &str) -> u16 {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn nothing_outside_or_hidden_is_served() {
    let home = stored();
    fs::write(home.path().join("sluice-outside"), "secret").unwrap();
    let address = start(serve::router(home.path().join("gitrepository"))).await;
    let object = "/apps/podinfo";
    for path in [
        "/../sluice-outside".to_owned(),
        "/%2e%2e/sluice-outside".to_owned(),
        "/..%2fsluice-outside".to_owned(),
        "/%2e%2e%2fsluice-outside".to_owned(),
        format!("{object}/outside"),
        format!("{object}/a.tar.gz.lock"),
        format!("{object}/.tmp-x"),
        format!("{object}/%2etmp-x"),
        format!("{object}/a.tar.gz/"),
        format!("{object}/a.tar.gz%00"),
        format!("{object}/%zz"),
        format!("{object}/absent"),
    ] {
        assert_eq!(status_of(address, &path).await, 404, "{path}");
    }
}

// === downloads ===

#[tokio::test]
async fn a_download_is_verified_and_complete() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, _) = scripted({
        let bytes = bytes.clone();
        move |_| bytes.clone().into_response()
    })
    .await;
    let mut received = Vec::new();
    fetcher(|_| {}).fetch(&url, &digest).await.unwrap().read_to_end(&mut received).unwrap();
    assert_eq!(received, bytes);
}

#[tokio::test]
async fn server_errors_are_tried_again_and_others_are_not() {
    let (digest, bytes) = archive(&[("a", "1")]);
    for (status, requests) in [
        (StatusCode::INTERNAL_SERVER_ERROR, 4),
        (StatusCode::TOO_MANY_REQUESTS, 4),
        (StatusCode::FORBIDDEN, 1),
        (StatusCode::NOT_FOUND, 1),
    ] {
        let (url, count) = scripted(move |_| status.into_response()).await;
        let error = fetcher(|_| {}).fetch(&url, &digest).await.unwrap_err();
        assert_eq!(count.load(Ordering::SeqCst), requests, "{error}");
        assert_eq!(error.is_not_found(), status == StatusCode::NOT_FOUND);
    }
    let answer =
        move |n| if n < 2 { StatusCode::BAD_GATEWAY.into_response() } else { bytes.clone().into_response() };
    let (url, count) = scripted(answer).await;
    fetcher(|_| {}).fetch(&url, &digest).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn wrong_contents_are_refused_at_once() {
    let (digest, _) = archive(&[("a", "1")]);
    let (url, count) = scripted(|_| "something else".into_response()).await;
    let error = fetcher(|_| {}).fetch(&url, &digest).await.unwrap_err();
    assert!(matches!(error, FetchError::DigestMismatch { .. }), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_truncated_body_is_tried_again() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let broken = |bytes: &Bytes| {
        let half = Ok(bytes.slice(..10));
        let cut = Err(std::io::Error::other("cut"));
        Body::from_stream(futures::stream::iter([half, cut])).into_response()
    };
    let answer = move |n| if n == 0 { broken(&bytes) } else { bytes.clone().into_response() };
    let (url, count) = scripted(answer).await;
    fetcher(|_| {}).fetch(&url, &digest).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_endless_body_stops_at_the_limit() {
    let digest = Digest::of(Algorithm::Sha256, b"");
    let endless = || {
        Body::from_stream(futures::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(Bytes::from_static(&[0; 4096]))
        }))
    };
    let (url, count) = scripted(move |_| endless().into_response()).await;
    let error = fetcher(|options| options.max_bytes = 1 << 20).fetch(&url, &digest).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { limit, .. } if limit == 1 << 20), "{error}");
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let (url, _) = scripted(|_| vec![0; 2 << 20].into_response()).await;
    let error = fetcher(|options| options.max_bytes = 1 << 20).fetch(&url, &digest).await.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://user:secret@{}/a.tar.gz?token=secret", listener.local_addr().unwrap());
    let hasty = fetcher(|options| {
        options.read_timeout = Duration::from_millis(50);
        options.retries = 1;
    });
    let error = hasty.fetch(&url, &Digest::of(Algorithm::Sha256, b"")).await.unwrap_err();
    assert!(matches!(error, FetchError::Transport { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn the_host_can_be_replaced() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
    let here = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let inside = "http://source-controller.flux-system.svc.cluster.local./a.tar.gz";
    fetcher(|options| options.host = Some(here)).fetch(inside, &digest).await.unwrap();
    assert!(Fetcher::new(fetch::Options { host: Some("a b".into()), ..fetch::Options::default() }).is_err());
}

#[tokio::test]
async fn only_web_addresses_are_fetched() {
    for url in ["file:///etc/passwd", "ftp://x/y", "nonsense"] {
        let error = fetcher(|_| {}).fetch(url, &Digest::of(Algorithm::Sha256, b"")).await.unwrap_err();
        assert!(matches!(error, FetchError::Url(_)), "{url}: {error}");
    }
}

// === opening ===

fn cache(directory: &Path, change: impl FnOnce(&mut open::Options)) -> ArtifactCache {
    let mut options = open::Options::default();
    change(&mut options);
    ArtifactCache::new(directory, fetcher(|_| {}), options).unwrap()
}

/// Waits until the path is gone; the directory of an artifact is removed in the background.
async fn gone(path: PathBuf) {
    while path.exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn everyone_shares_one_download() {
    let (digest, bytes) = archive(&[("dir/a.yaml", "1")]);
    let (url, count) = scripted(move |_| bytes.clone().into_response()).await;
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |_| {});
    let opened = futures::future::join_all((0..50).map(|_| cache.open_url(&url, digest.clone()))).await;
    let opened: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    assert!(opened.iter().all(|artifact| artifact.root() == opened[0].root()));
    assert_eq!(fs::read(opened[0].root().join("dir/a.yaml")).unwrap(), b"1");
    drop(opened);
    cache.open_url(&url, digest.clone()).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1, "an idle artifact is kept");
}

#[tokio::test]
async fn a_digest_alone_opens_nothing() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |_| {});
    let _held = cache.open_url(&url, digest.clone()).await.unwrap();
    let elsewhere = url.replace("a.tar.gz", "other.tar.gz");
    assert!(cache.open_url(&elsewhere, digest).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_failure_is_shared_and_not_remembered() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let answer =
        move |n| if n == 0 { StatusCode::NOT_FOUND.into_response() } else { bytes.clone().into_response() };
    let (url, count) = scripted(answer).await;
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |_| {});
    let opened = futures::future::join_all((0..10).map(|_| cache.open_url(&url, digest.clone()))).await;
    assert!(opened.iter().all(|result| result.as_ref().is_err_and(FetchError::is_not_found)));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    cache.open_url(&url, digest).await.unwrap();
}

#[tokio::test]
async fn a_caller_who_gives_up_does_not_stop_the_others() {
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, count) = scripted(move |_| bytes.clone().into_response()).await;
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |_| {});
    let mut first = Box::pin(cache.open_url(&url, digest.clone()));
    assert!(futures::poll!(first.as_mut()).is_pending());
    let second = cache.open_url(&url, digest.clone());
    drop(first);
    second.await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn idle_artifacts_go_least_recently_used_first() {
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |options| options.idle_artifacts = 2);
    let mut roots = Vec::new();
    for text in ["1", "2", "3"] {
        let (digest, bytes) = archive(&[("a", text)]);
        let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
        roots.push(cache.open_url(&url, digest).await.unwrap().root().to_owned());
    }
    gone(roots[0].clone()).await;
    assert!(roots[1].exists() && roots[2].exists());
}

#[tokio::test]
async fn an_artifact_in_use_outlives_the_budget_and_the_cache() {
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |options| options.idle_bytes = 0);
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
    let artifact = cache.open_url(&url, digest).await.unwrap();
    drop(cache);
    let root = artifact.root().to_owned();
    assert!(root.join("a").exists());
    drop(artifact);
    gone(root).await;
}

#[tokio::test]
async fn unsafe_archives_leave_nothing_behind() {
    let bytes = Bytes::from_static(b"not an archive");
    let digest = Digest::of(Algorithm::Sha256, &bytes);
    let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
    let home = tempfile::tempdir().unwrap();
    let cache = cache(home.path(), |_| {});
    let error = cache.open_url(&url, digest).await.unwrap_err();
    assert!(matches!(error, FetchError::Unpack { .. }), "{error}");
    let session = fs::read_dir(home.path()).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_dir()).unwrap();
    while fs::read_dir(&session).unwrap().count() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn leftovers_of_the_dead_go_and_those_of_the_living_stay() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("session-dead/tree")).unwrap();
    fs::write(home.path().join("session-dead.lock"), "").unwrap();
    fs::create_dir_all(home.path().join("session-unlocked")).unwrap();
    fs::create_dir_all(home.path().join("not-ours")).unwrap();
    let living = cache(home.path(), |_| {});
    let (digest, bytes) = archive(&[("a", "1")]);
    let (url, _) = scripted(move |_| bytes.clone().into_response()).await;
    let artifact = living.open_url(&url, digest).await.unwrap();
    let _second = cache(home.path(), |_| {});
    assert!(artifact.root().join("a").exists());
    assert!(!home.path().join("session-dead").exists() && !home.path().join("session-dead.lock").exists());
    assert!(!home.path().join("session-unlocked").exists());
    assert!(home.path().join("not-ours").exists());
}

#[tokio::test]
async fn a_packed_directory_arrives_as_it_was() {
    let source = tempfile::tempdir().unwrap();
    fs::create_dir(source.path().join("deploy")).unwrap();
    fs::write(source.path().join("deploy/app.yaml"), "kind: ConfigMap").unwrap();
    let root = tempfile::tempdir().unwrap();
    let file = fs::File::create(root.path().join("x.tar.gz")).unwrap();
    let packed =
        pack::directory(source.path(), &Rules::for_source(vec![]), file, pack::Options::default()).unwrap();
    let url = format!("http://{}/x.tar.gz", start(serve::router(root.path())).await);
    let home = tempfile::tempdir().unwrap();
    let opened = cache(home.path(), |_| {}).open_url(&url, packed.digest).await.unwrap();
    assert_eq!(fs::read_to_string(opened.root().join("deploy/app.yaml")).unwrap(), "kind: ConfigMap");
}
