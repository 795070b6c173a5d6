//! Document trees and their deterministic writers. All quoting and escaping lives here.
