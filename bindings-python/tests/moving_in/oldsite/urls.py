"""None of its pages are asked for."""

urlpatterns: list[object] = []
