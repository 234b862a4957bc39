import KMSCore
import Hummingbird
import NIOSSL
import NIOHTTP1
